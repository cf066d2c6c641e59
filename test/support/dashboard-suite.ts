/** A dashboard for the tests of a suite, and a page of its own for each. Called inside `describe`. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { Dashboard, type Screen } from './screens.ts';

export interface Suite {
  readonly dashboard: Dashboard;
  readonly screen: Screen;
}

export const dashboardSuite = (prepare: () => Promise<void> = async () => {}): Suite => {
  let dashboard: Dashboard;
  let screen: Screen;
  beforeAll(async () => {
    dashboard = await Dashboard.open();
    await prepare();
  });
  afterAll(async () => {
    await dashboard?.close();
  });
  beforeEach(async () => {
    screen = await dashboard.page();
  });
  afterEach(async () => {
    await screen.close();
  });
  return {
    get dashboard() {
      return dashboard;
    },
    get screen() {
      return screen;
    },
  };
};
