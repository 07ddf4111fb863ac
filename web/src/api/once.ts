import { newKey } from '@/dispatch/newKey'

/**
 * Sends with an Idempotency-Key that stays the same while the content does and no answer came: tried
 * again after a lost answer, nothing is made twice. Once answered, the same content is a new wish.
 */
export function once() {
  let wished = ''
  let key = ''
  return async <T>(content: unknown, send: (headers: Record<string, string>) => Promise<T>) => {
    const wish = JSON.stringify(content)
    if (wish !== wished) [wished, key] = [wish, newKey()]
    const answer = await send({ 'Idempotency-Key': key })
    if (wish === wished) wished = ''
    return answer
  }
}
