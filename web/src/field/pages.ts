/** All of /field in one part of the build: what its service worker keeps for the way. */
export { default as FieldPage } from './FieldPage.vue'
export { default as DayPage } from './base/DayPage.vue'
export { default as CaseList } from './cases/CaseList.vue'
export { default as CaseView } from './cases/CaseView.vue'
export { default as OutboxPage } from './outbox/OutboxPage.vue'
export { default as ReportPage } from './report/ReportPage.vue'
