/** How the page presents itself to the home screen of a phone, in one language. */

export const COLOUR = '#14527a'

/** `t`: the word of a key in that language. Made by the build, see scripts/field-shell.ts. */
export function manifest(language: string, t: (key: string) => string) {
  const icon = (size: number, purpose: string, name = `icon-${size}`) => ({
    src: `/assets/field/${name}.png`,
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose,
  })
  return {
    id: '/field',
    name: t('field.appName'),
    short_name: t('field.appShort'),
    description: t('field.appLong'),
    lang: language,
    start_url: '/field',
    scope: '/field',
    display: 'standalone',
    background_color: '#f3f0ea',
    theme_color: COLOUR,
    icons: [icon(192, 'any'), icon(512, 'any'), icon(512, 'maskable', 'maskable-512')],
    shortcuts: [{ name: t('field.newReport'), url: '/field/new', icons: [icon(192, 'any')] }],
  }
}
