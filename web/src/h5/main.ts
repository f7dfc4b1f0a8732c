import '../shared/tokens.css'
import './h5.css'
import { createApp } from 'vue'
import App from './App.vue'
import { createMessages } from '../shared/i18n'
import en from './messages/en'
import zh from './messages/zh-CN'

createApp(App).use(createMessages({ 'zh-CN': zh, en })).mount('#app')
