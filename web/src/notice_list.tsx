// Everything this page does not show, said aloud: lost, dropped, unreadable and out of bounds.
import type { ComponentChildren } from 'preact';
import { ProblemText } from './problem_text';
import { connection, dropped, frame, gaps, store, unreadable } from './live_topics';
import { topics_max } from './limits';
import { count, counted } from './wording';

function Notice({ children, dismiss }: { children: ComponentChildren; dismiss?: () => void }) {
  return (
    <div class="notice">
      <div>{children}</div>
      {dismiss && (
        <button type="button" class="quiet" onClick={dismiss}>
          Dismiss
        </button>
      )}
    </div>
  );
}

export function NoticeList() {
  frame.value;
  const state = connection.value;
  const missed = gaps.value;
  return (
    <div role="status">
      {state.kind === 'refused' && (
        <Notice>
          <ProblemText problem={state.problem} />
        </Notice>
      )}
      {missed.count > 0 && (
        <Notice dismiss={() => (gaps.value = { count: 0, after: '', oldest: '' })}>
          Messages were missed {missed.count === 1 ? 'once' : `${count(missed.count)} times`} while the connection was
          down (after <code>{missed.after || 'an unknown one'}</code>
          {missed.oldest && (
            <>
              {' '}
              and before <code>{missed.oldest}</code>
            </>
          )}
          ). Retained values have been read again.
        </Notice>
      )}
      {dropped.value > 0 && (
        <Notice dismiss={() => (dropped.value = 0)}>
          The broker left out {counted(dropped.value, 'message')} because this page read too slowly. Each topic still
          shows its newest value.
        </Notice>
      )}
      {unreadable.value > 0 && (
        <Notice dismiss={() => (unreadable.value = 0)}>
          {counted(unreadable.value, 'message')} could not be read.
        </Notice>
      )}
      {store.refused > 0 && (
        <Notice>
          This page keeps {count(topics_max)} topics. {counted(store.refused, 'message')} on further or very long topics{' '}
          {store.refused === 1 ? 'is' : 'are'} not shown.
        </Notice>
      )}
    </div>
  );
}
