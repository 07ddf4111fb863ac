tile-layer-unknown = There is no map layer named “{ $layer }”. These exist: { $layers }.
tile-address-unreadable = A tile is named by three whole numbers: /tiles/LAYER/ZOOM/COLUMN/ROW.mvt.
tile-zoom-outside = The layer { $layer } has tiles from zoom { $lowest } to { $highest }; ask for one of these.
tile-outside = At zoom { $zoom } columns and rows go from 0 to { $last }; ask for a tile inside.
tile-plan-unknown = There is no plan with the number { $plan }. Leave `plan` out to see the one in force.
tiles-too-slow = Drawing this tile took longer than { $seconds } seconds and was given up. Zoom in, or try again when the database is less busy.
tiles-busy = All connections for map tiles are in use. Try again in a moment.
