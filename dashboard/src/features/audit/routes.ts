import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const auditRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/audit',
    component: lazyRouteComponent(() => import('./page.tsx'), 'AuditPage'),
  }),
] as const;
