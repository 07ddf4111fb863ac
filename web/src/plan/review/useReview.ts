/** Where a draft is on its road, its check and its comments, kept up to date while it is looked at. */
import { onScopeDispose, shallowRef } from 'vue'
import { onLive } from '@/api/events'
import {
  addComment,
  getComments,
  getStanding,
  resolveComment,
  type NewComment,
  type PlanComment,
  type Standing,
} from '@/api/reviews'
import type { Id } from '@/api/types'
import { throttle } from '@/state/throttle'
import { useResource } from '@/state/useResource'

export function useReview(plan: () => Id) {
  const standing = useResource(plan, getStanding)
  const comments = useResource(plan, getComments)
  const all = () => Promise.all([standing.reload(), comments.reload()])
  const soon = throttle(() => void all(), 400)
  onScopeDispose(soon.cancel)
  onScopeDispose(
    onLive({
      draft: (now) => now.plan === plan() && soon(),
      plan: soon,
      reconnected: soon,
    }),
  )
  /** The place that is being chosen on the map for a comment. */
  const place = shallowRef<[number, number] | null>(null)
  const chosen = shallowRef<Id | null>(null)
  const take = (now: PlanComment[]) => (comments.data.value = now)
  return {
    standing,
    comments,
    place,
    chosen,
    reload: all,
    put: (now: Standing) => (standing.data.value = now),
    add: async (comment: NewComment) => take(await addComment(plan(), comment)),
    resolve: async (id: Id, resolved: boolean) => take(await resolveComment(plan(), id, resolved)),
  }
}
export type Review = ReturnType<typeof useReview>
