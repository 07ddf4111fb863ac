import { createRouter, createWebHistory } from 'vue-router'

export const desks = ['plan', 'dispatch', 'leader'] as const
/** What is set up now and then, in the quiet menu beside the desks. */
export const manage = ['people', 'rules'] as const
export type Desk = (typeof desks)[number]

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/', redirect: (to) => ({ path: '/dispatch', query: to.query }) },
    { path: '/plan', component: () => import('./plan/PlanPage.vue') },
    { path: '/dispatch', component: () => import('./dispatch/DispatchPage.vue') },
    { path: '/leader', component: () => import('./insight/LeaderPage.vue') },
    { path: '/people', component: () => import('./people/PeoplePage.vue') },
    { path: '/rules', component: () => import('./rules/RulesPage.vue') },
    { path: '/:rest(.*)*', component: () => import('./components/NotFoundPage.vue') },
  ],
})

// `?lang=en&theme=dark` sets up a wall screen once; it is remembered and does not stay in links.
router.beforeEach((to) => {
  const { lang, theme, ...query } = to.query
  if (lang === undefined && theme === undefined) return true
  return { path: to.path, query, hash: to.hash, replace: true }
})
