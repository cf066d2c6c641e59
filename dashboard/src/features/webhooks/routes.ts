import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const webhookRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/webhooks',
    component: lazyRouteComponent(() => import('./page.tsx'), 'WebhooksPage'),
  }),
  createRoute({
    getParentRoute: inShell,
    path: '/app/webhooks/$webhookId',
    component: lazyRouteComponent(() => import('./detail.tsx'), 'WebhookPage'),
  }),
] as const;
