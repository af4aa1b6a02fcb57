// A button that copies a text and says whether it worked.
import { useEffect, useState } from 'preact/hooks';
import { copy } from './clipboard';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [said, set_said] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => set_said(''), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const press = async () => set_said((await copy(text)) ? 'Copied' : 'Not allowed');
  return (
    <button type="button" class="quiet" aria-label={said || label} onClick={() => void press()}>
      {said || 'Copy'}
    </button>
  );
}
