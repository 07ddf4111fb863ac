import { createRouter, createWebHistory } from 'vue-router'
import { loadSession, localPath, session } from './state/session'

export const desks = ['plan', 'dispatch', 'leader'] as const
/** What is set up now and then, in the quiet menu beside the desks. */
export const manage = [
  'unlocated',
  'organisation',
  'people',
  'rules',
  'deadlines',
  'scores',
  'admin',
] as const
export const guarded = [...desks, ...manage, 'field', 'notices'] as const
/** Pages that need nobody's data. */
export const bare = ['/sign-in', '/password']

const field = () => import('./field/pages')

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/', component: () => import('./components/NotFoundPage.vue') }, // left at once, below
    { path: '/sign-in', component: () => import('./session/SignInPage.vue') },
    { path: '/password', component: () => import('./session/PasswordPage.vue') },
    { path: '/plan', component: () => import('./plan/PlanPage.vue') },
    { path: '/plan/compare', component: () => import('./plan/compare/ComparePage.vue') },
    { path: '/dispatch', component: () => import('./dispatch/DispatchPage.vue') },
    { path: '/unlocated', component: () => import('./unlocated/UnlocatedPage.vue') },
    { path: '/leader', component: () => import('./insight/LeaderPage.vue') },
    { path: '/leader/base', component: () => import('./basedata/BasePage.vue') },
    { path: '/leader/bulletins', component: () => import('./bulletins/BulletinsPage.vue') },
    { path: '/leader/closure', component: () => import('./closure/ClosurePage.vue') },
    { path: '/leader/scores', component: () => import('./scores/ScoresPage.vue') },
    // For those who are scored and have no desk of the leader's.
    { path: '/scores', component: () => import('./scores/ScoresPage.vue') },
    { path: '/organisation', component: () => import('./organisation/OrganisationPage.vue') },
    { path: '/people', component: () => import('./people/PeoplePage.vue') },
    { path: '/admin', component: () => import('./admin/AdminPage.vue') },
    { path: '/notices', component: () => import('./notices/NoticesPage.vue') },
    { path: '/rules', component: () => import('./rules/RulesPage.vue') },
    { path: '/deadlines', component: () => import('./deadlines/DeadlinesPage.vue') },
    {
      path: '/field',
      component: () => field().then((pages) => pages.FieldPage),
      meta: { own: true },
      children: [
        { path: '', component: () => field().then((pages) => pages.CaseList) },
        { path: 'cases/:id(\\d+)', component: () => field().then((pages) => pages.CaseView) },
        { path: 'new/:draft?', component: () => field().then((pages) => pages.ReportPage) },
        { path: 'day', component: () => field().then((pages) => pages.DayPage) },
        { path: 'outbox', component: () => field().then((pages) => pages.OutboxPage) },
      ],
    },
    // For everybody: these ask for nobody's data, and have a frame of their own.
    { path: '/report', component: () => import('./public/ReportPage.vue'), meta: { own: true } },
    { path: '/follow', component: () => import('./public/FollowPage.vue'), meta: { own: true } },
    { path: '/:rest(.*)*', component: () => import('./components/NotFoundPage.vue') },
  ],
})

/** The first page that is for whoever is signed in, as the server lists them. */
export function startPage(): string {
  const first = session.pages.find(known)
  return `/${first ?? 'dispatch'}`
}
function known(page: string): boolean {
  return router.getRoutes().some((one) => one.path === `/${page}`)
}

// `?lang=en&theme=dark` sets up a wall screen once; it is remembered and does not stay in links.
router.beforeEach((to) => {
  const { lang, theme, ...query } = to.query
  if (lang === undefined && theme === undefined) return true
  return { path: to.path, query, hash: to.hash, replace: true }
})

router.beforeEach(async (to) => {
  if (to.meta.own) return true // works without network too, and asks for signing in by itself
  if (!session.known) await loadSession()
  if (!session.known) return true // the page says that the server cannot be reached
  const back = to.path === '/' ? {} : { back: to.fullPath }
  if (!session.account) return to.path === '/sign-in' || { path: '/sign-in', query: back }
  if (session.account.must_change_password) {
    return to.path === '/password' || { path: '/password', query: back }
  }
  if (to.path === '/sign-in') return localPath(to.query.back)
  return to.path !== '/' || { path: startPage(), query: to.query, replace: true }
})
