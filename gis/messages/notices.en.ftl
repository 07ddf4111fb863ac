# What people are told, in the page and by mail. { $serial } and { $title } are those of the case.
notice-sent = { $serial } { $title } has come to you{ $task ->
    [verify_report] : check on site what was reported
    [feed_back] : feed back the result
    [verify_result] : check the result
   *[other] {""}
 }
notice-returned = { $serial } { $title } has come back{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-escalated = { $serial } { $title } has gone up to you{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-due-soon = { $serial } { $title } is due soon
notice-overdue = { $serial } { $title } is overdue
notice-approval-asked = For { $serial } { $title } { $asked ->
    [park] a rest until { $until } is asked for
   *[other] more time, until { $until }, is asked for
 }{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-approval-decided = For { $serial } { $title } { $asked ->
    [park] the rest
   *[other] more time
 } was { $decision ->
    [granted] granted
   *[other] refused
 }{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-supervised = { $serial } { $title } is supervised until { $until }{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-supervision-over = { $serial } { $title } is still open, its supervision's time is over
notice-reopened = { $serial } { $title } is open again{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-rejected = { $serial } { $title } was rejected{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-merged = { $joined ->
    [yes] { $main } was merged into your case { $serial } { $title }
   *[other] { $serial } { $title } was merged into { $main }
 }
notice-handed-over = { $count ->
    [one] One open case
   *[other] { $count } open cases
 } of { $from } { $count ->
    [one] is
   *[other] are
 } yours now
notice-emergency = Emergency: { $serial } { $title }
notice-whistle-called = { $caller } calls you to report in{ $serial ->
    [none] {""}
   *[other] {" "}for { $serial }
 }{ $place ->
    [none] {""}
   *[other] , at { $place }
 }, until { $until }{ $purpose ->
    [none] {""}
   *[other] : { $purpose }
 }
notice-whistle-arrived = All have reported in{ $serial ->
    [none] {""}
   *[other] {" "}for { $serial }
 }{ $purpose ->
    [none] {""}
   *[other] : { $purpose }
 }
notice-whistle-absent = { $department } has not reported in by { $until }{ $serial ->
    [none] {""}
   *[other] {" "}for { $serial }
 }{ $purpose ->
    [none] {""}
   *[other] : { $purpose }
 }
notice-diary-missing = The diary of { $place }{ $count ->
    [1] {""}
   *[other] {" "}and other grids of yours ({ $count } in all)
 } for { $day } is missing
notice-diary-check-due = Diaries of { $day } wait for the monthly check: { $count } { $count ->
    [one] grid
   *[other] grids
 } of { $place }
notice-kind-unknown = “{ $kind }” is not a kind of notice. The page of settings lists the kinds.
notice-not-found = There is no such notice in your inbox. It may be somebody else's.
notice-hidden = About a case that is no longer yours to see. Its present desk knows how it stands.
mail-several = { $count } notices from the grid desk
mail-more = … and { $count } more. Open the page to see all.
mail-test = This is a test: mail from the grid desk reaches you.
mail-footer = Sent by Wangge. Which notices come by mail you choose on the page “My notices”.
mail-address = This is not an address that mail can be sent to. Write it as name@example.org.
mail-off = This installation has no mail server. An administrator sets WANGGE_SMTP_HOST and WANGGE_MAIL_FROM.
web-hook-url = Give a whole address that begins with http:// or https://, without a user name in it.
web-hook-address = Web hooks may not call { $address }. Give an address of the other system; if it is meant, an administrator of the server allows its network in WANGGE_WEB_HOOK_NETWORKS.
web-hook-networks = “{ $word }” in WANGGE_WEB_HOOK_NETWORKS is neither a word that it knows (public, private, loopback, link-local) nor a network such as 10.20.0.0/16.
web-hook-not-found = There is no web hook { $id } in your part of the city.
delivery-not-found = Delivery { $id } has not been given up, or is not one of these. Look at the list again.
