// @vitest-environment happy-dom
/** Photos go out one after the other, each under a key of its own; what failed is tried again. */
import { effectScope } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import { ApiProblem } from '@/api/http'
import { usePhotoUploads } from '@/components/usePhotoUploads'

vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:one')

const file = (name: string) => new File(['x'], name, { type: 'image/jpeg' })
function uploads(send: Parameters<typeof usePhotoUploads<number>>[0], most = 9) {
  return effectScope().run(() => usePhotoUploads<number>(send, () => most))!
}

describe('photos that are chosen', () => {
  it('go out in their order, one at a time, with their progress', async () => {
    const under: string[] = []
    let open = 0
    const list = uploads(async (one, _, told) => {
      expect(++open).toBe(1)
      told(0.5)
      await Promise.resolve()
      open -= 1
      return under.push(one.name)
    })
    list.add([file('a'), file('b'), file('c')])
    expect(list.busy.value).toBe(true)
    expect(await list.settled()).toBe(true)
    expect(under).toEqual(['a', 'b', 'c'])
    expect(list.sent.value).toEqual([1, 2, 3])
    expect(list.list.value[0]!.share).toBe(0.5)
  })

  it('are tried again under the same key, and hold nothing up', async () => {
    const keys: string[] = []
    const list = uploads(async (one, key) => {
      keys.push(key)
      if (one.name === 'bad' && keys.length < 3) throw new ApiProblem(0, 'offline', '')
      return keys.length
    })
    list.add([file('bad'), file('good')])
    expect(await list.settled()).toBe(false)
    expect(list.sent.value).toHaveLength(1)
    list.retry(list.list.value[0]!.key)
    expect(await list.settled()).toBe(true)
    expect(keys[2]).toBe(keys[0])
  })

  it('are not sent once they were removed, and never more than may be', async () => {
    const names: string[] = []
    const list = uploads(async (one) => names.push(one.name), 2)
    list.add([file('a'), file('b'), file('c')])
    list.remove(list.list.value[1]!.key)
    expect(await list.settled()).toBe(true)
    expect(names).toEqual(['a'])
    list.clear()
    expect(list.list.value).toEqual([])
  })
})
