/** The pages of the leader's desk, in the order of their tabs; each has a title in `insight`. */
export const insightPages = [
  { key: 'situation', path: '/leader' },
  { key: 'closure', path: '/leader/closure' },
  { key: 'scores', path: '/leader/scores' },
  { key: 'base', path: '/leader/base' },
  { key: 'bulletins', path: '/leader/bulletins' },
] as const
