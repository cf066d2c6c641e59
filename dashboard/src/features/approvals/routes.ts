import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const approvalRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/approvals',
    component: lazyRouteComponent(() => import('./page.tsx'), 'ApprovalsPage'),
  }),
  // Where messages lead: the same screen, at one of them.
  createRoute({
    getParentRoute: inShell,
    path: '/app/approvals/$approvalId',
    component: lazyRouteComponent(() => import('./page.tsx'), 'ApprovalsPage'),
  }),
] as const;
