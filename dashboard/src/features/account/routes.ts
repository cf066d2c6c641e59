import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const accountRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/account',
    component: lazyRouteComponent(() => import('./page.tsx'), 'AccountPage'),
  }),
] as const;
