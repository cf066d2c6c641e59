import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/states.tsx';
import { Mono } from '../../ui/table.tsx';

/** The only time that it is shown. */
export const SecretNotice = ({ secret, onDone }: { secret: string; onDone: () => void }) => (
  <Notice tone="hold">
    <p className="font-medium">The signing secret, shown this once. Give it to the receiver; it is kept sealed here.</p>
    <p className="my-2">
      <Mono>{secret}</Mono>
    </p>
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => void navigator.clipboard?.writeText(secret)}>Copy</Button>
      <Button onClick={onDone}>I have it</Button>
    </div>
  </Notice>
);
