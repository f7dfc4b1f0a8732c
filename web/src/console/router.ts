import { createRouter, createWebHistory } from 'vue-router'
import { session } from './access/useSession'

export const router = createRouter({
  history: createWebHistory('/console/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', redirect: '/workbench' },
    { path: '/workbench', name: 'workbench', component: () => import('./workbench/WorkbenchPage.vue') },
    { path: '/sign-in', name: 'sign-in', component: () => import('./access/LoginPage.vue'), meta: { open: true } },
    { path: '/signed-in', name: 'signed-in', component: () => import('./access/SignedInPage.vue'), meta: { open: true } },
    { path: '/invitation', name: 'invitation', component: () => import('./access/InvitationPage.vue'), meta: { open: true } },
    { path: '/account', name: 'account', component: () => import('./access/AccountPage.vue') },
    { path: '/staff', name: 'staff', component: () => import('./access/StaffPage.vue') },
    { path: '/staff/:id', name: 'colleague', component: () => import('./access/ColleaguePage.vue'), props: true },
    { path: '/roles', name: 'roles', component: () => import('./access/RolesPage.vue') },
    { path: '/journeys', name: 'journeys', component: () => import('./journey/JourneysPage.vue') },
    { path: '/journeys/:id', name: 'journey', component: () => import('./journey/JourneyPage.vue'), props: true },
    { path: '/identities', name: 'identities', component: () => import('./identity/IdentitiesPage.vue') },
    { path: '/identities/:id', name: 'identity', component: () => import('./identity/IdentityPage.vue'), props: true },
    { path: '/recordings', name: 'recordings', component: () => import('./recording/RecordingsPage.vue') },
    { path: '/recordings/:id', name: 'recording', component: () => import('./recording/RecordingPage.vue'), props: true },
    { path: '/recording-desk', name: 'recording-desk', component: () => import('./recording/DeskPage.vue') },
    { path: '/recording-desk/:id', name: 'lead', component: () => import('./recording/LeadPage.vue'), props: true },
    { path: '/reviews', name: 'reviews', component: () => import('./suitability/ReviewsPage.vue') },
    { path: '/reviews/:id', name: 'review', component: () => import('./suitability/ReviewPage.vue'), props: true },
    { path: '/incidents', name: 'incidents', component: () => import('./disbursement/IncidentsPage.vue') },
    { path: '/incidents/:id', name: 'incident', component: () => import('./disbursement/IncidentPage.vue'), props: true },
    { path: '/draws', name: 'draws', component: () => import('./inspection/DrawsPage.vue') },
    { path: '/draws/:id', name: 'draw', component: () => import('./inspection/DrawPage.vue'), props: true },
    { path: '/rectifications', name: 'rectifications', component: () => import('./rectification/RectificationsPage.vue') },
    { path: '/rectifications/:id', name: 'rectification', component: () => import('./rectification/RectificationPage.vue'), props: true },
    { path: '/notices', name: 'notices', component: () => import('./consent/NoticesPage.vue') },
    { path: '/notices/:id', name: 'notice', component: () => import('./consent/NoticePage.vue'), props: true },
    { path: '/contract-templates', name: 'contract-templates', component: () => import('./signing/TemplatesPage.vue') },
    { path: '/contract-templates/:id', name: 'contract-template', component: () => import('./signing/TemplatePage.vue'), props: true },
    { path: '/consents', name: 'consents', component: () => import('./consent/ConsentsPage.vue') },
    { path: '/duties', redirect: '/duties/bureau-queries' },
    { path: '/duties/bureau-queries', name: 'bureau-queries', component: () => import('./consent/BureauQueriesPage.vue') },
    { path: '/duties/adverse-notices', name: 'adverse-notices', component: () => import('./consent/AdverseNoticesPage.vue') },
    { path: '/duties/provisions', name: 'provisions', component: () => import('./consent/ProvisionsPage.vue') },
    { path: '/products', name: 'products', component: () => import('./product/ProductsPage.vue') },
    { path: '/products/:id', name: 'product', component: () => import('./product/ProductPage.vue'), props: true },
    { path: '/products/:id/script', name: 'script', component: () => import('./product/ScriptPage.vue'), props: true },
    { path: '/roster', name: 'roster', component: () => import('./roster/RosterPage.vue') },
    { path: '/keys', name: 'keys', component: () => import('./access/KeysPage.vue') },
    { path: '/settings', name: 'settings', component: () => import('./access/SettingsPage.vue') },
    { path: '/institutions', name: 'institutions', component: () => import('./access/InstitutionsPage.vue') },
    { path: '/subjects', name: 'subjects', component: () => import('./custody/SubjectsPage.vue') },
    { path: '/subjects/:id', name: 'subject', component: () => import('./custody/SubjectPage.vue'), props: true },
    { path: '/openings', name: 'openings', component: () => import('./custody/OpeningsPage.vue') },
    { path: '/epochs', name: 'epochs', component: () => import('./custody/EpochsPage.vue') },
    { path: '/log', name: 'log', component: () => import('./ledger/LogPage.vue') },
    { path: '/webhooks', name: 'webhooks', component: () => import('./webhook/WebhooksPage.vue') },
    { path: '/webhooks/:id', name: 'webhook', component: () => import('./webhook/WebhookPage.vue'), props: true },
    { path: '/break-glass', name: 'break-glass', component: () => import('./disbursement/GlassPage.vue') },
    { path: '/reconciliations', name: 'reconciliations', component: () => import('./disbursement/DaysPage.vue') },
    { path: '/reconciliations/:day', name: 'reconciliation', component: () => import('./disbursement/DayPage.vue'), props: true },
    { path: '/batches', name: 'batches', component: () => import('./batch/BatchesPage.vue') },
    { path: '/batches/out/:id', name: 'batch-out', component: () => import('./batch/OutgoingPage.vue'), props: true },
    { path: '/batches/in/:id', name: 'batch-in', component: () => import('./batch/IncomingPage.vue'), props: true },
    { path: '/outbox', name: 'outbox', component: () => import('./notify/OutboxPage.vue') },
    { path: '/:rest(.*)*', name: 'nothing', component: () => import('./shell/NothingHere.vue') },
  ],
})

router.beforeEach(async (to) => {
  await session.know()
  const inside = session.staff.value !== null
  if (!inside && to.meta.open !== true) return { name: 'sign-in', query: to.fullPath === '/workbench' ? {} : { to: to.fullPath } }
  // Where a second factor is asked for and not set up, nothing else opens before.
  if (inside && session.staff.value?.stage === 'enrol' && to.meta.open !== true && to.name !== 'account') return { name: 'account' }
  // Whoever manages access sells nothing: their desk begins with their colleagues.
  if (inside && to.name === 'journeys' && !session.may('journey.view')) return { name: session.may('staff.view') ? 'staff' : 'account' }
  if (inside && to.name === 'sign-in') return { name: 'workbench' }
  return true
})
