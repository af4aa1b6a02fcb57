// The dashboard at `/`: its pages, and what stands above all of them. Same origin only.
import { render, type ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiPage } from './api_page';
import { find_broker } from './broker_address';
import { ClientPage } from './client_page';
import { ClientsPage } from './clients_page';
import { DetailPane } from './detail_pane';
import { connection, stream } from './live_topics';
import { read_me } from './login';
import { LoginForm } from './login_form';
import { Navigation } from './navigation';
import { NoticeList } from './notice_list';
import { OverviewPage } from './overview_page';
import { PageHeader } from './page_header';
import { follow_address, page, pages, take_focus, type page_id } from './page_route';
import { PublishForm } from './publish_form';
import { login_wanted } from './request';
import { RetainedPage } from './retained_page';
import { TopicTree } from './topic_tree';

function TopicsPage() {
  return (
    <>
      <TopicTree />
      <div class="side">
        <DetailPane />
        <PublishForm />
      </div>
    </>
  );
}

const shown: Record<page_id, ComponentType> = {
  topics: TopicsPage,
  overview: OverviewPage,
  retained: RetainedPage,
  clients: ClientsPage,
  client: ClientPage,
  api: ApiPage,
};

function Page() {
  const at = page.value;
  const place = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    const { title } = pages.find(({ id }) => id === at)!;
    document.title = at === 'topics' ? 'Sluice' : `${title} - Sluice`;
    if (!first.current) take_focus(place.current);
    first.current = false;
  }, [at]);
  const Shown = shown[at];
  return (
    <>
      <PageHeader />
      <Navigation />
      <LoginForm />
      <NoticeList />
      <main class={at} ref={place} tabIndex={-1}>
        <Shown />
      </main>
    </>
  );
}

connection.subscribe((state) => {
  if (state.kind === 'refused' && state.problem.status === 401) login_wanted.value = true;
});
follow_address();
render(<Page />, document.getElementById('page')!);
stream.open();
void read_me();
void find_broker();
