/** Who may not work: the bans of this tenant, those of the whole network, and for its operator the desk behind them. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { BanDialog } from './ban-dialog.tsx';
import { NetworkBans } from './network.tsx';
import { OperatorPart } from './operator.tsx';
import { OwnBans } from './own.tsx';
import { ReportDialog } from './report-dialog.tsx';

export const BansPage = () => {
  const navigate = useNavigate();
  const { list = 'own', ban } = useSearch({ from: '/app/bans' });
  const [isReporting, setIsReporting] = useState(false);
  const go = (search: { readonly list?: 'network' | 'operator'; readonly ban?: string }): void =>
    void navigate({ to: '/app/bans', search, replace: true });
  return (
    <Page
      title="Ban list"
      changes="hall:admin"
      lead="A banned worker gets no further dispatch: its open grants die and its open work fails. Bans of the network hold in every Hall."
      action={
        <div className="flex flex-wrap gap-2">
          <Button needs="hall:enroll" onClick={() => setIsReporting(true)}>
            Report code …
          </Button>
          <Button kind="danger" needs="hall:admin" onClick={() => go({ ban: '' })}>
            Ban a worker
          </Button>
        </div>
      }
    >
      <Tabs
        label="Ban lists"
        open={list}
        onOpen={(next) => go(next === 'own' ? {} : { list: next })}
        tabs={[
          { id: 'own', label: 'This tenant', body: <OwnBans /> },
          { id: 'network', label: 'The network', body: <NetworkBans /> },
          { id: 'operator', label: 'For the operator', body: <OperatorPart /> },
        ]}
      />
      <BanDialog open={ban !== undefined} target={ban} onClose={() => go({})} />
      <ReportDialog open={isReporting} onClose={() => setIsReporting(false)} />
    </Page>
  );
};
