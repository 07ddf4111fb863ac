# Who sees what.
counts-of-desks = Counts and heatmaps are of a whole part of the city: they are for desks. Your account sees single cases; ask your administrator for an account of a sub-district or district.
place-outside-scope = This place lies outside the district of your account, which cannot report or move a case there. Move the pin, or hand the report to the other district's centre.
row-outside-scope = The place of these rows lies outside the part of the district that your account may write to. Take them out, or let the district import them.
source-ref-elsewhere = Another report has this reference already, and it is not one that your account can see. Check the number, or ask the centre of the city.
outside-scope = This is not there, or not yours: your account reaches only its own part of the city. Check the number, or ask your administrator which part is yours.
