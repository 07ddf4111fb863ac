# Long work on drafts: steps, and why something is not done
draft-job-step-read = Reading the draft
draft-job-not-found = There is no work { $id } on drafts that you may see. Open the draft and start it again.
draft-job-at-work = You already have a search going on here (number { $id }). Wait for it, or cancel it, and then start the next one.
draft-job-not-done = Search { $id } has no result that could be taken: it is not done, was cancelled, or failed. Start it again.
draft-job-taken = Everything that search { $id } proposes is in the draft already. Start a new search if more is to be done.
draft-job-overtaken = Nothing of what search { $id } proposes fits the draft any more: { $count } units were moved, pinned, locked or cut since it began. Start it again from the draft as it is now.
draft-job-let-go = The proposals of search { $id } were let go of: they are kept for { $days } days. Start it again from the draft as it is now.
draft-job-lost = The work was lost before a worker began it. Start it again, and tell whoever looks after the server if that happens more than once.
draft-job-choice = Say which of the { $count } alternatives is to be taken: `choice`, counted from 0.
draft-job-grid-unknown = { $count ->
    [0] Name at least one basic grid to even out, or leave `grids` out to even out all of them.
    *[other] The draft has no basic grids { $grids }. Name grids by codes of 15 digits that the draft has now.
  }
draft-job-nothing-to-move = Nothing may move in the { $grids } grids that were chosen: they are locked, their units are pinned, or they have no neighbour in the same sub-district that is chosen as well. Unlock or unpin something, or choose more grids.
draft-job-within-invalid = “{ $within }” is not where units may stay within. Say `sub_district` or `community`.
draft-job-given-up = The work was begun { $runs } times, and each time the worker died at it. Try it with fewer grids or less time, and tell whoever looks after the server.

# A draft out of a search
generate-no-plan = There is no plan whose units and sub-districts a new draft could begin with. Take in units and a first plan (wangge import plan), then generate.
generate-nothing-chosen = None of the chosen sub-districts has a unit that you may draw. Choose at least one sub-district of your own.
generate-communities-below = Communities are drawn by their sub-district. Keep communities as they are, or ask the sub-district.
generate-count-unknown = No number can be given for { $codes }: there is no such sub-district, or community that is kept, among what is drawn.
generate-count-invalid = Numbers of grids and communities are whole numbers from 1 on.
generate-count-impossible = { $area } cannot have { $grids } basic grids: it has { $communities } communities with at least one each, and { $units } units with at most one each. Change the number.
generate-community-name = { $above }, Community { $number }
generate-grid-name = { $above }, Grid { $number }
draft-job-not-yours = Search { $id } is somebody else's. Only who began it, or the desk of the whole jurisdiction, can end it.
