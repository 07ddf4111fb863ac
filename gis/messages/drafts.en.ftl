# Drafts: what stands against an operation, and what to do about it.
draft-not-found = There is no draft { $id } here. Open the list of drafts and choose one of them.
draft-discarded = Draft { $id } was discarded. Take it back in the list of drafts to go on with it.
draft-in-review = Draft { $id } is in review and stays as it is. Withdraw it from review, or wait until it is returned, to change it.
draft-in-force = Plan { $id } is or was in force and stays as it is. Make a new draft from it to change boundaries.
draft-not-yours = Draft { $id } is somebody else's. Only who made it, or the desk of the whole jurisdiction, can rename it, discard it, or send it for review.
draft-plan-without-units = Plan { $id } has no units, so nothing can be drawn from it. Choose another plan.
draft-practice-none = Plan { $id } has no two neighbouring grids of one community that are large enough to practise with. Choose another plan.
draft-grid-unknown = { $count ->
    [one] The draft has no grid { $grids }
   *[other] The draft does not have { $count } of the grids: { $grids }
}. It may have been deleted or merged meanwhile, or its parent is missing: load the draft again.
draft-grid-locked = { $count ->
    [one] Grid { $grids } is locked
   *[other] { $count } grids are locked: { $grids }
}, and neither gives nor takes units. Unlock it first, or leave it out.
draft-grid-not-empty = { $grids } still has units or grids below it and cannot go. Move these first.
draft-units-pinned = { $count ->
    [one] A pinned unit
   *[other] { $count } pinned units
} would have to move. Unpin first, or leave them out.
draft-units-moved = { $count } of these units are in another grid than you see (changed last by { $by }). Look at where they are now, and draw again.
draft-units-gone = { $count } of these units are not in the draft any more: they were cut or joined (changed last by { $by }). Load the draft again.
draft-together-apart = Units that are kept together must be in one grid, and would not be. Bring them into one grid first, or take them out of their group.
draft-outside-own-area = Your account changes only grids below { $below }; this would change { $grids }, too. Leave that out, or ask the desk of the whole jurisdiction.
draft-no-neighbour = { $count } units of grid { $grid } have no neighbour that may take them. Unlock a grid beside it, or move them by hand first.
draft-nothing-changed = Nothing would change: everything is as you want it already.
draft-nothing-to-undo = You have nothing to undo in this draft.
draft-nothing-to-redo = You have nothing to redo: nothing was undone, or something new was done since.
draft-undo-overtaken = The same has been changed since (last by { $by }), so this cannot simply be taken back. Look at it, and change it by hand.
draft-key-taken = This key was sent with another operation before. Send each operation with a key of its own.
draft-base-unknown = The draft is at operation { $version }, and has no operation { $base } yet. Load it again.
draft-grids-changed = { $by } has changed the same grids since you last looked. See what is different now, then try again.
draft-line-invalid = A line needs two different places at least. Draw it again.
draft-pull-takes-nothing = The new boundary takes nothing from the grid beside it: what it covers is pinned, kept together with more than that, or nothing. Pull farther, or free the units.
draft-line-cuts-nothing = The line goes through no unit from edge to edge, so there is nothing to cut. Begin and end it outside of what you want to cut.
draft-cut-failed = This line cannot be cut cleanly here. Draw it a little differently.
