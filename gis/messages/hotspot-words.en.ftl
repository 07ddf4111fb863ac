# Hotspots over time, in plain words
place-new-past = New since { $since }: { $number } { $count ->
    [one] incident
   *[other] incidents
}, { $ratio } times what is usual there ({ $expected })
place-growing-past = Growing since { $since }: { $number } { $count ->
    [one] incident
   *[other] incidents
}, { $ratio } times what is usual there ({ $expected })
place-persistent-past = High again and again since { $since }: { $number } incidents, { $ratio } times what is usual there ({ $expected })
place-sporadic-past = Flaring up, last since { $since }: { $number } incidents, { $ratio } times what is usual there ({ $expected })
place-fading-past = Fading: high from { $since } to { $last }, { $number } incidents, { $ratio } times what is usual there ({ $expected })
place-new-people = New since { $since }: { $number } incidents, { $ratio } times what the population explains ({ $expected })
place-growing-people = Growing since { $since }: { $number } incidents, { $ratio } times what the population explains ({ $expected })
place-persistent-people = Persistent since { $since }: { $number } incidents, { $ratio } times what the population explains ({ $expected })
place-sporadic-people = Flaring up, last since { $since }: { $number } incidents, { $ratio } times what the population explains ({ $expected })
place-fading-people = Fading: high from { $since } to { $last }, { $number } incidents, { $ratio } times what the population explains ({ $expected })
place-sudden-past = Suddenly since { $since }: { $number } incidents, { $ratio } times what is usual there ({ $expected })
place-sure = Chance alone would show this about { $times } times in 1,000.
place-sure-rare = Chance alone would show this less than once in 1,000 times.

# What is coming
forecast-tried = Tried on the last { $weeks } weeks: wrong by { $error } incidents a week for each category and place, on average; saying last year's number: { $naive }. { $within } % of the counts lay within the interval.
forecast-rise = { $number } last week, { $expected } expected
