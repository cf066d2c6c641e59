import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const keyRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/keys',
    component: lazyRouteComponent(() => import('./page.tsx'), 'KeysPage'),
  }),
] as const;
