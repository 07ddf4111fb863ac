/** What the person signed in has been told: one inbox for the bell and the banner. */
import { reactive } from 'vue'
import { acknowledge, getNotices, markRead, type Notice } from '@/api/notices'
import { ApiProblem } from '@/api/http'
import type { Id } from '@/api/types'

export const inbox = reactive({
  known: false,
  items: [] as Notice[],
  urgent: [] as Notice[],
  unread: 0,
  next: null as Id | null,
  problem: null as ApiProblem | null,
})

let asked = 0

/** Loads the newest; what was loaded of older ones goes. */
export async function loadInbox(): Promise<void> {
  const mine = ++asked
  try {
    const told = await getNotices()
    if (mine === asked) Object.assign(inbox, told, { known: true, problem: null })
  } catch (error) {
    if (mine === asked)
      inbox.problem =
        error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))
  }
}

export async function loadOlder(): Promise<void> {
  if (inbox.next === null) return
  const mine = ++asked
  const told = await getNotices(inbox.next)
  if (mine !== asked) return
  inbox.items = [...inbox.items, ...told.items]
  inbox.next = told.next
}

/** Marks at once, and puts it right if the server did not. */
export async function read(ids?: Id[]): Promise<void> {
  const now = new Date().toISOString()
  const fresh = inbox.items.filter((one) => !one.read_at && (!ids || ids.includes(one.id)))
  if (ids && !fresh.length) return
  fresh.forEach((one) => (one.read_at = now))
  inbox.unread = ids ? Math.max(0, inbox.unread - fresh.length) : 0
  try {
    await markRead(ids)
  } catch {
    await loadInbox()
  }
}

export async function takeNotice(id: Id): Promise<void> {
  await acknowledge(id)
  await loadInbox()
}
