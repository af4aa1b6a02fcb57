// The page at `/`: the topic tree with live values, one topic in detail, and a publish form. Same origin only.
import { render } from 'preact';
import { DetailPane } from './detail_pane';
import { stream } from './live_topics';
import { NoticeList } from './notice_list';
import { PageHeader } from './page_header';
import { PublishForm } from './publish_form';
import { TopicTree } from './topic_tree';

function Page() {
  return (
    <>
      <PageHeader />
      <NoticeList />
      <main>
        <TopicTree />
        <div class="side">
          <DetailPane />
          <PublishForm />
        </div>
      </main>
    </>
  );
}

render(<Page />, document.getElementById('page')!);
stream.open();
