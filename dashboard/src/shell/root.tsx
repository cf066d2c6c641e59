import { createRootRoute } from '@tanstack/react-router';
import { Empty } from '../ui/states.tsx';
import { Shell } from './shell.tsx';

/** The parent of every screen. */
export const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Empty title="There is no such screen">Choose one from the menu.</Empty>,
});

export const inShell = () => root;
