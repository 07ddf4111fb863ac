photo-empty = The file is empty. Choose the photo again; if it lies in a cloud album, let the phone download it first.
photo-too-large = A photo may have at most { $most_mb } MB. Send it at the phone's normal size, not as an original.
photo-too-many-pixels = A photo may have at most { $most } million pixels. Take or send it at the phone's normal resolution.
photo-too-small = The picture has only { $width } × { $height } pixels: nothing can be seen on it. Choose another one.
photo-format = This is not a photo that can be read (JPEG, PNG, WebP or HEIC){ $found ->
    [none] { "" }
   *[other] , but { $found }
  }. Take a photo with the phone, or save the picture as JPEG.
photo-damaged = The photo is damaged or was cut off on the way. Send it again; if that does not help, take it anew.
photo-not-found = There is no photo { $id } that you may see.
photo-file-missing = The picture { $name } is missing from the folder of photos. Restore it from the backup of that folder.
photo-unknown = Photo { $id } cannot be used: it was not sent from this account, was used already, or waited too long. Send it again.
photos-too-many = A case may have at most { $most } photos; it has { $have }. Leave some out.
judge-reopened-enough = This case was taken up again { $most } times already. Call the centre that answered you, or report what is wrong now as a new matter.
photos-waiting-all = More photos are waiting to be used than there is room for. Send your report without photos, or try again in an hour.
photos-waiting = { $most } photos were sent and not used in a report yet. Use them, or wait until they are forgotten.
photo-link-invalid = This link to a photo has expired or was changed. Load the page again.
phone-invalid = “{ $given }” is not a phone number. Write 5 to 15 digits, for instance 138 0000 0000 or 0371-6789 0123, or leave it out.
seal-invalid = This has expired or was changed. Load the page again and repeat the last step.
office-key-unreadable = { $name } is not a key of this office, or may not be read. Restore it from the backup, or remove it so that a new one is made: codes given out before then work no more.
channel-refused = The desk refused this report: { $reason }
channel-half-a-place = A place has a longitude and a latitude. Send both, or neither and an address.
channel-category-needed = A report with coordinates needs a category (a code of GET /api/v1/categories). Without coordinates it may wait for both.
channel-report-not-found = No report with the reference { $ref } came in by this channel.
unlocated-not-found = There is no report { $id } that waits for a place.
unlocated-settled = { $by } has settled this report already. Load the list again.
supplement-closed = Case { $serial } is closed. If the trouble is there again, report it anew or have the case reopened.
source-ref-taken = The reference { $ref } belongs to another report already. Look it up by its number.
channel-without-organisation = The account of a channel needs an organisation, so that its desk finds reports without a place. Ask an administrator.
public-too-quick = That was sent within { $seconds } seconds of opening the form. Wait a moment and send it again.
public-machine = A field that is not meant for people was filled in. Leave it empty and send the report again.
follow-unknown = There is no case with this serial number and this code. Check both: they stand on the page that was shown after reporting.
photos-busy = Many photos are being read just now. Send this one again in a moment.
judge-not-reporter = Only whoever reported this case first can judge its result. You added your report to it.
