# The dispatchers' desk.
order-needs-open = Only open incidents can be ordered by deadline. Ask for status “open”, or order by “newest”.
stage-unknown = There is no stage “{ $stage }”. Use one of the seven stages of the procedure.
view-name-taken = You have a view named “{ $name }” already. Choose another name, or change that view.
view-not-found = You have no view with the number { $id }; it may have been removed, or it is somebody else's. Load the page again.
views-too-many = You keep { $most } views already. Remove one that you no longer need.
