/** Who is signed in, and one's own password. */
import { get, post, put, remove } from './http'
import type { Id, Name } from './types'

export const accountRoles = [
  'planner',
  'dispatcher',
  'leader',
  'grid_worker',
  'department',
  'administrator',
] as const
export type AccountRole = (typeof accountRoles)[number]

export interface Account {
  id: Id
  login: string
  name: string
  roles: AccountRole[]
  organisation: { id: Id; kind: string; name: Name } | null
  /** What the codes of all grids begin with that the account sees, where it sees a part only. */
  below: string | null
  person_id: Id | null
  must_change_password: boolean
  synthetic: boolean
  expires_at: string | null
}
export interface DemoAccount {
  login: string
  name: string
  role: AccountRole
  organisation: Name
  password: string
}
export interface Session {
  account: Account | null
  csrf: string | null
  pages: string[]
  /** The rows of the server's table that are for some roles only, and for these. */
  may: string[]
  demo: DemoAccount[]
  /** The name of the office's own sign-in, if there is one. */
  oidc: string | null
}

const root = '/api/v1'
export const getSession = () => get<Session>(`${root}/session`)
export const postSession = (login: string, password: string) =>
  post<null>(`${root}/session`, { login, password })
export const deleteSession = () => remove(`${root}/session`)
export const deleteSessions = () => remove(`${root}/sessions`)
export const putPassword = (former: string, password: string) =>
  put<null>(`${root}/session/password`, { former, password })
