coordinates-outside-world = Longitude { $lon }, latitude { $lat } is not a place on earth: longitude goes from -180 to 180, latitude from -90 to 90. Check that longitude comes first.
crs-unknown = No coordinate system is known as “{ $name }”. Type for instance EPSG:4326, EPSG:4547, cgcs2000, gcj02 or bd09.
layer-empty = { $file } holds no usable geometry. Check that it is the right file and layer.
