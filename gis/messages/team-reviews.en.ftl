# The year-end three-by-three review of work teams: reports, votes, publication
team-review-not-found = There is no review { $id } here, or somebody else keeps it. Choose one from the list of years.
team-review-not-published = This edition of review { $id } was not published. Choose a published one from the list of years.
team-review-year = Only the years { $first } to { $last } can be reviewed. Choose another year.
team-review-open = The review of { $year } is open already. Open it from the list of years.
team-review-changed = The review of { $year } has changed since you opened it. Reload, look it over, and publish then.
team-review-empty = There is no team in the review of { $year } yet. Add the teams first.
team-review-incomplete = “{ $team }” cannot be published yet: { $missing ->
    [report-sending-unit] it has not reported to the unit that sent it
    [report-sub-district] it has not reported to the sub-district’s party committee
    [report-assembly] it has not reported to the representatives’ assembly
    [votes-sub-district] the sub-district’s leadership has no valid vote
    [votes-community] the community (village) committees have no valid vote
    [votes-households] the household representatives have no valid vote
    [quorum-sub-district] too few of the sub-district’s leadership were present
    [quorum-community] too few of the community (village) committees were present
   *[other] too few of the household representatives were present
 }{ $others ->
    [0] {""}
    [one] ; and one more thing is missing
   *[other] ; and { $others } more things are missing
 }. Complete it, or leave the team out with a reason.
team-review-same = Nothing has changed since edition { $edition } was published. There is no need to publish again.
team-reason-needed = This puts right what was recorded, or the result was published already: say why.
work-team-not-found = There is no work team { $id } here, or somebody else keeps it. Choose one from the review.
team-changed = Somebody changed “{ $team }” since you opened it, and nothing of yours was saved. Reload, and change it then.
team-left-out = “{ $team }” was left out of this review. Take it back in before you change it.
team-name-taken = There is a team “{ $name }” in this review already. Choose another name.
team-sender = Choose a department of this jurisdiction or of the one above it; of a unit that is not listed give the name.
team-sub-district = Choose a sub-district of this jurisdiction.
team-communities = Choose communities (villages) of that sub-district.
team-day = The day must be between { $first } and { $last }. Check the date.
team-report-empty = Write what was reported, or attach the report as a file.
team-report-kind = “{ $file }” cannot be taken. Use an undamaged file of one of these kinds: { $kinds }.
team-report-too-large = The file is larger than { $limit } MB. Make it smaller and send it again.
team-report-file-not-found = There is no file of report { $id } here. Reload the page.
team-nothing-there = There is nothing to take back. Reload the page.
team-called-by = Say which assessment group called the meeting.
team-votes-negative = { team-judge }: at least one must be invited, and no other number may be less than 0.
team-votes-present = { team-judge }: { $invited } were invited, so { $present } cannot have been present. Check the numbers.
team-votes-too-many = { team-judge }: { $present } were present, but there are { $ballots } ballots. Check the votes.
team-judge = { $side ->
    [sub-district] Sub-district leadership
    [community] Community (village) committees
   *[other] Household representatives
 }
team-rule-weights = Each side needs a weight above 0, and the three must add up to 100. Change the weights.
team-rule-points = Points must lie between 0 and 100 and fall from excellent to poor. Change the points.
team-rule-results = The bounds of excellent, good and fair must lie above 0, not above 100, and fall. Change the bounds.
team-rule-quorum = The quorum must be a part between 0 and 1. Change it.
team-rule-voted = Votes of { $year } have come in and are counted by the rule that they were cast under. Let the new rule hold from a later year.
notice-team-review-published = The result of the work teams’ review of { $year } was published{ $reason ->
    [none] {""}
   *[other] {" "}(edition { $edition }: { $reason })
 }

team-sheet-title = { $name }: year-end review of work teams, { $year }
team-sheet-published = Published on { $at } by { $by }{ $reason ->
    [none] {""}
   *[other] , edition { $edition }: { $reason }
 }
team-sheet-synthetic = Demo data: everything here is made up.
team-sheet-result = Result
team-sheet-votes = Votes
team-sheet-reports = Reports
team-sheet-told = Told to, and how counted
team-sheet-rank = Rank
team-sheet-might-be = Might be rank
team-sheet-team = Work team
team-sheet-sending-unit = Sending unit
team-sheet-sub-district = Sub-district
team-sheet-communities = Communities (villages)
team-sheet-leader = Team leader
team-sheet-members = Members
team-sheet-score = Score
team-sheet-low = Interval from
team-sheet-high = Interval to
team-sheet-grade = Result
team-sheet-points-of = { $side ->
    [sub-district] Sub-district leadership
    [community] Community committees
   *[other] Household representatives
 }
team-sheet-side = Side
team-sheet-held-on = Meeting
team-sheet-called-by = Called by
team-sheet-side-sub-district = Sub-district leadership
team-sheet-side-community = Community (village) committees
team-sheet-side-households = Household representatives
team-sheet-invited = Invited
team-sheet-present = Present
team-sheet-void = Void
team-sheet-excellent = Excellent
team-sheet-good = Good
team-sheet-fair = Fair
team-sheet-poor = Poor
team-sheet-report-sending-unit = Reported to the sending unit
team-sheet-report-sub-district = Reported to the sub-district’s party committee
team-sheet-report-assembly = Reported to the representatives’ assembly
team-sheet-recipient = Told to
team-sheet-as-what = As
team-sheet-reached = By
team-sheet-sub-districts = Sub-district
team-sheet-senders = Sending unit
team-sheet-teams = Work team
team-sheet-by-account = Notice in the system
team-sheet-by-paper = This sheet, handed over
team-sheet-left-out = Not ranked: { $team } ({ $reason })
team-sheet-weight = Weight of { $side ->
    [sub-district] the sub-district’s leadership
    [community] the community (village) committees
   *[other] the household representatives
 }: { $weight } %
team-sheet-worth = A vote for { $grade ->
    [excellent] excellent
    [good] good
    [fair] fair
   *[other] poor
 }: { $points } points
team-sheet-quorum = At least { $part }/{ $whole } of those invited must be present
team-sheet-how-score = Score: the mean of each side’s votes by their points, put together by the weights.
team-sheet-how-interval = Interval: few votes leave much to chance; with many more voters of the same kind the score would be within it 95 times in 100.
team-sheet-how-rank = Ranks go by the score to two decimals; equal scores share one, and the next is left out. Between the ranks that a team might have, the difference may be chance.
