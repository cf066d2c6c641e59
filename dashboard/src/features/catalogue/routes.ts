import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const catalogueRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/catalogue',
    component: lazyRouteComponent(() => import('./page.tsx'), 'CataloguePage'),
  }),
] as const;
