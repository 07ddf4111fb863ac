// @vitest-environment happy-dom
import { createApp, nextTick, ref, h } from 'vue'
import { afterEach, describe, expect, it } from 'vitest'
import type { Department } from '../src/api/types'
import DepartmentList from '../src/dispatch/DepartmentList.vue'
import { i18n, setLocale } from '../src/i18n'

const names = ['公安分局', '司法局', '民政局', '信访局', '教育局', '税务局', '水利局']
const made = (count: number, community = 'a'): Department[] =>
  names.slice(0, count).map((zh, index) => ({
    id: `${community}${index}`,
    code: `410102-D0${index}`,
    name: { zh, en: `Department ${index}` },
    since: '2024-10-31T00:00:00Z',
  }))

function show(first: Department[]) {
  const departments = ref(first)
  const app = createApp(() => h(DepartmentList, { departments: departments.value }))
  const page = document.body.appendChild(document.createElement('div'))
  app.use(i18n).mount(page)
  return {
    departments,
    page,
    shown: () => [...page.querySelectorAll('li')].map((item) => item.textContent?.trim()),
    button: () => page.querySelector('button'),
  }
}

afterEach(() => {
  document.body.replaceChildren()
  setLocale('zh-CN')
})

describe('the departments of a community', () => {
  it('are named in the language of the reader', async () => {
    const list = show(made(3))
    setLocale('zh-CN')
    await nextTick()
    expect(list.page.querySelector('h3')?.textContent).toBe('驻社区部门')
    expect(list.shown()).toEqual(names.slice(0, 3))
    setLocale('en')
    await nextTick()
    expect(list.page.querySelector('h3')?.textContent).toBe('Departments of this community')
    expect(list.shown()[0]).toBe('Department 0')
  })

  it('fold only beyond five, and unfold on demand', async () => {
    expect(show(made(5)).button()).toBeNull()
    const list = show(made(7))
    expect(list.shown()).toHaveLength(5)
    expect(list.button()?.textContent).toContain('2')
    list.button()?.click()
    await nextTick()
    expect(list.shown()).toEqual(names)
    expect(list.button()?.getAttribute('aria-expanded')).toBe('true')
    list.button()?.click()
    await nextTick()
    expect(list.shown()).toHaveLength(5)
  })

  it('fold again for another community', async () => {
    const list = show(made(7))
    list.button()?.click()
    await nextTick()
    list.departments.value = made(6, 'b')
    await nextTick()
    expect(list.shown()).toHaveLength(5)
  })

  it('take no room where there are none', () => {
    expect(show([]).page.textContent).toBe('')
  })
})
