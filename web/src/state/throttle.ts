/** Calls `run` at once and then at most once per `every` milliseconds, the last call never lost. */
export function throttle(run: () => void, every: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let again = false
  function call(): void {
    if (timer !== undefined) {
      again = true
      return
    }
    run()
    timer = setTimeout(() => {
      timer = undefined
      if (again) {
        again = false
        call()
      }
    }, every)
  }
  const cancel = () => {
    clearTimeout(timer)
    timer = undefined
    again = false
  }
  return Object.assign(call, { cancel })
}
