/** Who is signed in here, which pages are for them, and how one comes and goes. */
import { reactive } from 'vue'
import { ApiProblem, onRefused, setCsrf } from '@/api/http'
import {
  deleteSession,
  deleteSessions,
  getSession,
  postSession,
  putPassword,
  type Account,
  type DemoAccount,
} from '@/api/session'

export const session = reactive({
  /** Has the server been asked? */
  known: false,
  account: null as Account | null,
  pages: [] as string[],
  may: [] as string[],
  demo: [] as DemoAccount[],
  oidc: null as string | null,
  problem: null as ApiProblem | null,
})

export async function loadSession(): Promise<void> {
  session.problem = null
  try {
    const { csrf, ...told } = await getSession()
    setCsrf(csrf)
    Object.assign(session, told, { known: true })
  } catch (error) {
    session.problem =
      error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))
  }
}

/** Only a path of our own, so that no link can lead elsewhere after signing in. */
export function localPath(given: unknown): string {
  if (typeof given !== 'string' || !/^\/(?![/\\])/.test(given)) return '/'
  const url = new URL(given, location.origin)
  const own = url.origin === location.origin && !/^\/(sign-in|password)(\/|$)/.test(url.pathname)
  return own ? url.pathname + url.search + url.hash : '/'
}

/** The whole page is loaded anew: nothing that one person saw is left for the next. */
function leaveFor(page: 'sign-in' | 'password'): void {
  if (location.pathname === `/${page}`) return
  const back = localPath(location.pathname + location.search + location.hash)
  location.assign(`/${page}${back === '/' ? '' : `?back=${encodeURIComponent(back)}`}`)
}
onRefused((problem) => leaveFor(problem.code === 'password-must-change' ? 'password' : 'sign-in'))

/** After something failed for an unknown reason: is anybody signed in still? */
export async function checkSession(): Promise<void> {
  const before = session.account
  await loadSession()
  if (session.known && before && !session.account) leaveFor('sign-in')
}

export async function signIn(login: string, password: string): Promise<void> {
  await postSession(login, password)
  await loadSession()
}

export async function signOut(everywhere: boolean): Promise<void> {
  await (everywhere ? deleteSessions() : deleteSession())
  location.assign('/sign-in')
}

export async function changePassword(former: string, password: string): Promise<void> {
  await putPassword(former, password)
  await loadSession()
}

/** May whoever is signed in open the page of a path? Pages that are no desk are for everybody. */
export function mayOpen(path: string, guarded: readonly string[]): boolean {
  const page = path.split('/')[1] ?? ''
  return !guarded.includes(page) || session.pages.includes(page)
}
