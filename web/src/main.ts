import { createApp } from 'vue'
import App from './App.vue'
import { i18n, setLocale, currentLocale } from './i18n'
import { router } from './router'
import { applyTheme, theme } from './state/theme'
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/element.css'
import './styles/lists.css'

setLocale(currentLocale())
applyTheme(theme.value)
createApp(App).use(i18n).use(router).mount('#app')
