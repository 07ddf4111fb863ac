# Closure figures and rankings
closure-window = The window ends before it begins. Give a later end.
closure-groups = The cases do not belong to the { $groups } groups that were named. Give one group for each case, numbered from 0, or -1 for none.
ranking-counts = The counts can't be ranked. Give one row for each place and one column for each category, with no more cases gone well than there were.
