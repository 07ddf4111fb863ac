// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import * as format from '../src/i18n/format'
import { nameIn } from '../src/i18n'

const zone = 'Asia/Shanghai'

describe('dates in the office’s time zone', () => {
  it('write the day of the office, not of the machine or of UTC', () => {
    expect(format.formatDate('zh-CN', zone, '2026-11-20T16:30:00Z')).toBe('2026年11月21日')
    expect(format.formatDate('en', zone, '2026-11-20T16:30:00Z')).toBe('21 Nov 2026')
    expect(format.formatTime('en', zone, '2026-11-20T16:05:00Z')).toBe('21 Nov 2026 00:05')
  })

  it('begin a day at the office’s midnight', () => {
    const at = new Date('2026-11-20T16:30:00Z')
    expect(format.startOfDay(zone, at).toISOString()).toBe('2026-11-20T16:00:00.000Z')
    expect(format.startOfDay(zone, at, 6).toISOString()).toBe('2026-11-14T16:00:00.000Z')
  })

  it('mind a change of the clocks between then and now', () => {
    const at = new Date('2026-03-30T10:00:00Z') // Berlin's clocks went forward on 29 March
    expect(format.startOfDay('Europe/Berlin', at).toISOString()).toBe('2026-03-29T22:00:00.000Z')
    expect(format.startOfDay('Europe/Berlin', at, 2).toISOString()).toBe('2026-03-27T23:00:00.000Z')
  })
})

describe('numbers', () => {
  it('group thousands, and sign deviations except zero', () => {
    expect(format.formatNumber('zh-CN', 103889)).toBe('103,889')
    expect(format.formatDeviation('en', 0.0412)).toBe('+4.1%')
    expect(format.formatDeviation('en', -0.02)).toBe('−2.0%')
    expect(format.formatDeviation('en', 0.0001)).toBe('0.0%')
    expect(format.formatDeviation('zh-CN', -0.0001)).toBe('0.0%')
  })

  it('write areas and lengths in a unit of fitting size', () => {
    expect(format.formatArea('zh-CN', 4_430_000)).toBe('4.43 平方公里')
    expect(format.formatArea('en', 4_430_000)).toBe('4.43 km²')
    expect(format.formatArea('en', 70_134.4)).toBe('70,134 m²')
    expect(format.formatLength('en', 63_040)).toBe('63.0 km')
    expect(format.formatLength('zh-CN', 640)).toBe('640 米')
  })

  it('write durations in the largest whole unit', () => {
    const hour = 3_600_000
    expect(format.formatDuration('en', 5.9 * 60_000)).toBe('5 mins')
    expect(format.formatDuration('zh-CN', 47.5 * hour)).toBe('47小时')
    expect(format.formatDuration('zh-CN', 49 * hour)).toBe('2天')
  })
})

describe('names', () => {
  it('follow the language, and fall back to the one that exists', () => {
    expect(nameIn('en', { zh: '秦岭路', en: 'Qinling Road' })).toBe('Qinling Road')
    expect(nameIn('en', { zh: '秦岭路', en: '' })).toBe('秦岭路')
    expect(nameIn('zh-CN', { zh: '秦岭路', en: 'Qinling Road' })).toBe('秦岭路')
    expect(nameIn('en', '张三')).toBe('张三')
    expect(nameIn('en', null)).toBe('')
  })
})
