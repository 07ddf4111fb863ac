/** Messages that pass: all of them in one place. */
import { ElMessage } from 'element-plus/es/components/message/index.mjs'
import 'element-plus/es/components/message/style/css'

export function toast(message: string, kind: 'success' | 'error' | 'info' = 'info'): void {
  ElMessage({ message, type: kind, duration: kind === 'error' ? 8000 : 4000, showClose: true })
}
