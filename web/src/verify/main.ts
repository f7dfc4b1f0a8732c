import '../shared/tokens.css'
import '../h5/h5.css'
import './verify.css'
import { createApp } from 'vue'
import { createMessages } from '../shared/i18n'
import App from './App.vue'
import en from './messages/en'
import zh from './messages/zh-CN'

createApp(App).use(createMessages({ 'zh-CN': zh, en })).mount('#app')
