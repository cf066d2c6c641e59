import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const memberRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/members',
    component: lazyRouteComponent(() => import('./page.tsx'), 'MembersPage'),
  }),
] as const;
