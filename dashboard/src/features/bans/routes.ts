import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const banRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/bans',
    component: lazyRouteComponent(() => import('./page.tsx'), 'BansPage'),
  }),
] as const;
