import { expect, test } from 'vitest'
import { once } from '@/api/once'

test('a wish keeps its key until it is answered, another has another', async () => {
  const asking = once()
  const sent: string[] = []
  const lost = (headers: Record<string, string>) => {
    sent.push(headers['Idempotency-Key']!)
    return Promise.reject(new Error('no answer'))
  }
  const answered = (headers: Record<string, string>) => {
    sent.push(headers['Idempotency-Key']!)
    return Promise.resolve('made')
  }
  await expect(asking(['a'], lost)).rejects.toThrow('no answer')
  await expect(asking(['a'], lost)).rejects.toThrow('no answer')
  expect(await asking(['a'], answered)).toBe('made')
  expect(await asking(['a'], answered)).toBe('made')
  await expect(asking(['b'], lost)).rejects.toThrow('no answer')
  expect(await asking(['c'], answered)).toBe('made')
  const [first, second, third, fourth, fifth, sixth] = sent
  expect([first, second, third]).toEqual([first, first, first])
  expect(new Set([first, fourth, fifth, sixth]).size).toBe(4)
})
