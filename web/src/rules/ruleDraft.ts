/** A rule while it is being written: every field as its control holds it. */
import type { AssetKind, Effect, Rule, RuleIn } from '@/api/rules'
import { instantOf, wallOf } from '@/i18n/wallClock'

export const roles = [
  'lead',
  'officer',
  'director',
  'secretary',
  'leader',
  'first_responsible',
  'adviser',
  'assistant',
  'participant',
] as const
export const assetKinds: AssetKind[] = ['park', 'bridge', 'building', 'road', 'other']

export interface RuleDraft {
  name_zh: string
  name_en: string
  effect: Effect
  categories: string[]
  severities: number[]
  sources: string[]
  grid_prefix: string
  asset: 'none' | 'kind' | 'code'
  asset_kind: AssetKind
  asset_code: string
  within_m: number
  street_code: string
  street_side: 'left' | 'right'
  street_within_m: number
  target: 'organisation' | 'grid' | 'role'
  organisation_id: number | null
  grid_code: string
  role: string
  since: string
  until: string
  reason: string
}

export const emptyDraft = (): RuleDraft => ({
  name_zh: '',
  name_en: '',
  effect: 'override',
  categories: [],
  severities: [],
  sources: [],
  grid_prefix: '',
  asset: 'none',
  asset_kind: 'park',
  asset_code: '',
  within_m: 0,
  street_code: '',
  street_side: 'left',
  street_within_m: 30,
  target: 'organisation',
  organisation_id: null,
  grid_code: '',
  role: '',
  since: '',
  until: '',
  reason: '',
})

/** What a rule says, to be changed. It begins anew, or when it would have if that is to come. */
export function draftOf(rule: Rule, zone: string): RuleDraft {
  const { conditions: asks, target } = rule
  const blank = emptyDraft()
  return {
    ...blank,
    name_zh: rule.name.zh,
    name_en: rule.name.en === rule.name.zh ? '' : rule.name.en,
    effect: rule.effect,
    categories: [...asks.categories],
    severities: [...asks.severities],
    sources: [...asks.sources],
    grid_prefix: asks.grid_prefix ?? '',
    asset: asks.asset_code ? 'code' : asks.asset_kind ? 'kind' : 'none',
    asset_kind: asks.asset_kind ?? blank.asset_kind,
    asset_code: asks.asset_code ?? '',
    within_m: asks.within_m ?? 0,
    street_code: asks.street_code ?? '',
    street_side: asks.street_side ?? blank.street_side,
    street_within_m: asks.street_within_m ?? blank.street_within_m,
    target: target.organisation ? 'organisation' : target.grid ? 'grid' : 'role',
    organisation_id: target.organisation?.id ?? null,
    grid_code: target.grid?.code ?? '',
    role: target.role ?? '',
    since: rule.state === 'coming' ? wallOf(zone, rule.since) : '',
    until: rule.until ? wallOf(zone, rule.until) : '',
  }
}

/** What is sent: only what the rule asks for, and its one target. */
export function ruleOf(draft: RuleDraft, zone: string): RuleIn {
  const street = draft.street_code.trim()
  return {
    name_zh: draft.name_zh.trim(),
    name_en: draft.name_en.trim() || null,
    effect: draft.effect,
    categories: draft.categories,
    severities: draft.severities,
    sources: draft.sources,
    grid_prefix: draft.grid_prefix || null,
    ...(draft.asset === 'kind' ? { asset_kind: draft.asset_kind, within_m: draft.within_m } : {}),
    ...(draft.asset === 'code'
      ? { asset_code: draft.asset_code.trim(), within_m: draft.within_m }
      : {}),
    ...(street
      ? {
          street_code: street,
          street_side: draft.street_side,
          street_within_m: draft.street_within_m,
        }
      : {}),
    ...(draft.target === 'organisation' ? { organisation_id: draft.organisation_id } : {}),
    ...(draft.target === 'grid' ? { grid_code: draft.grid_code } : {}),
    ...(draft.target === 'role' ? { role: draft.role } : {}),
    since: draft.since ? instantOf(zone, draft.since) : null,
    until: draft.until ? instantOf(zone, draft.until) : null,
  }
}
