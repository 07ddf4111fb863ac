# Daily weather from files
weather-no-measures = { $file } has no column of weather (found: { $found }). Use the template, or name columns { $wanted }.
weather-nothing = { $file } has no day that is over or to come. Today is taken in tomorrow, when it is over.
weather-values = These are no days of weather.
weather-too-short = There is too little weather to learn from: about 21 months up to last week are needed.
weather-place-unknown = There is no weather of “{ $place }”. Known places: { $known }.
weather-row-day = “{ $column }” holds days that cannot be read ({ $examples }). Write 2026-11-21.
weather-row-no-day = There is no day. Write it as 2026-11-21.
weather-row-place = There is no place, or it has more than 60 characters. Name the station or place, or give one for all when importing.
weather-row-source = There is no source, or it has more than 200 characters. Say who measured or forecast it, or give one for all when importing.
weather-row-value = { $count } cells of “{ $column }” are no numbers (“{ $example }”). Write a number, or leave the cell empty.
weather-row-range = { $count } values of “{ $column }” cannot be (“{ $example }”): from { $low } to { $high } are possible. Check the unit: °C, mm, m/s, cm.
weather-row-empty = No measure of this day is filled in. Fill one in, or delete the row.
weather-row-order = The lowest temperature is above the mean or the highest one, or the mean above the highest. Check which is which.
weather-row-ahead = Forecasts reach { $most } days ahead at the most. Check the day.
weather-row-issued = The day of issue must be before the day that is forecast, and not after today. Leave it empty for what was observed.
weather-row-twice = The same place and day stand there several times. Keep one row.
weather-row-today = Today is not over, so its row was left out. Import it tomorrow.
weather-columns-missing = The file has no { $examples }; of them nothing was recorded for these days.
help-import-weather = Import daily weather of places: whole or not at all.
help-import-weather-more = Days after today are taken for forecasts. A day that was recorded before is replaced whole; what it said stays in history.
help-import-weather-file = Excel or CSV: a row for each place and day.
help-import-weather-jurisdiction = Code of the organisation, such as 410102.
help-import-weather-place = Place for rows that name none.
help-import-weather-source = Source for rows that do not say.
help-import-weather-dry-run = Check only.
help-import-weather-again = Import a content that was imported before once more.

# Weather in forecasts
forecast-weather-none = No weather is recorded here, so the forecast does without. Import a table of days to try whether it helps.
forecast-weather-short = The weather of { $place } ({ $first } to { $last }) is too little to learn from: about 21 months up to last week are needed. The forecast does without.
forecast-weather-better = The weather of { $place } helps: with what was known of it beforehand a week ahead was wrong by { $error }, without it by { $plain }, last year's number by { $naive }.
forecast-weather-same = The weather of { $place } does not help: with what was known of it beforehand a week ahead was wrong by { $error }, without it by { $plain }, which is no real difference; last year's number by { $naive }.
forecast-weather-worse = The weather of { $place } does harm: with what was known of it beforehand a week ahead was wrong by { $error }, without it only by { $plain }; last year's number by { $naive }. Better switch it off.
forecast-weather-exact = Had the weather been known exactly, it would have been { $exact }.
forecast-weather-by-normal = For the weeks ahead the weather is taken to be what is normal at that time of the year.
forecast-weather-by-forecast = For { $weeks } of the { $all } weeks ahead an entered weather forecast is used, for the others what is normal at that time of the year.
