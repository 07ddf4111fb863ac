/** What was typed for a new incident: kept in this window until it is registered or cleared. */
import { session } from '@/state/session'

// Reporters' names and numbers are for whoever typed them, not for who signs in next.
const key = () => `wangge.draft.incident.${session.account?.login ?? ''}`

export function readDraft<T extends object>(empty: T): T {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key()) ?? 'null')
    if (!kept || typeof kept !== 'object') return { ...empty }
    const known = Object.entries(kept).filter(
      ([name, value]) => name in empty && typeof value === typeof empty[name as keyof T],
    )
    return { ...empty, ...(Object.fromEntries(known) as Partial<T>) }
  } catch {
    return { ...empty }
  }
}
export function writeDraft(draft: object): void {
  try {
    sessionStorage.setItem(key(), JSON.stringify(draft))
  } catch {
    // A window without storage keeps what it shows, and no more.
  }
}
export function dropDraft(): void {
  try {
    sessionStorage.removeItem(key())
  } catch {
    // as above
  }
}
