/** Conditions and targets of rules in the reader's words. */
import type { Conditions, Target } from '@/api/rules'
import { useFormat } from '@/i18n/useFormat'
import { office } from '@/state/office'
import { rowByCode } from '@/state/planState'

export function useRuleWords() {
  const { t, name, number, word } = useFormat()
  const listed = (all: string[]) => all.join(t('list.or'))
  const category = (code: string) =>
    name(office.categories.find((one) => one.code === code)?.name ?? code)
  const grid = (code: string) => name(rowByCode.value.get(code)?.row.name ?? code)

  /** One phrase per condition; none where the rule asks for nothing. */
  function conditions(of: Conditions): string[] {
    const said: string[] = []
    if (of.categories.length) said.push(listed(of.categories.map(category)))
    if (of.severities.length) said.push(listed(of.severities.map((one) => t(`severity.${one}`))))
    if (of.sources.length) {
      said.push(
        t('ruleIf.source', { sources: listed(of.sources.map((one) => word('source', one))) }),
      )
    }
    if (of.grid_prefix) said.push(t('ruleIf.grid', { grid: grid(of.grid_prefix) }))
    const asset = of.asset_code ?? (of.asset_kind && t(`anyAsset.${of.asset_kind}`))
    if (asset) {
      said.push(
        of.within_m
          ? t('ruleIf.near', { asset, n: number(of.within_m) })
          : t('ruleIf.inside', { asset }),
      )
    }
    if (of.street_code && of.street_side) {
      said.push(
        t('ruleIf.street', {
          street: of.street_code,
          side: t(`streetSide.${of.street_side}`),
          n: number(of.street_within_m ?? 0),
        }),
      )
    }
    return said
  }

  function target(of: Target): string {
    if (of.organisation) return name(of.organisation.name)
    if (of.grid) return name(of.grid.name ?? of.grid.code)
    return of.role ? t('ruleIf.role', { role: word('role', of.role) }) : ''
  }
  return { conditions, target, category, grid }
}
