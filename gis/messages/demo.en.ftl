demo-scale-unknown = There is no demo city of scale “{ $scale }”. Choose one of: { $known }.
demo-streets = Laying out the streets of the demo city
demo-buildings = Standing its buildings and moving people in
demo-incidents = Inventing two years of incidents
demo-notice = Demonstration data: synthetic from end to end. No place, person or number in it is real, but for the names and codes of sub-districts and communities.
