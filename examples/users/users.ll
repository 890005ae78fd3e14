; users.tml as a compiler writes it: ordinary functions with markers (docs/abi/lowering.md) and the
; decorators as metadata (docs/abi/metadata.md). `tmlcg build users.ll -o users` makes it a server:
;
;   GET    /api/users?limit=N      list      List[UserDto], synchronous
;   POST   /api/users              create    UserDto from a JSON body
;   GET    /api/users/:id          get       Maybe[UserDto], no allocation
;   GET    /api/users/:id/name     name      Maybe[Str], the Str is malloc'd and owned by the answer
;   DELETE /api/users/:id          remove    Response, made in the request's memory
;   GET    /api/users/:id/report   report    suspends: a timer, a spawned task, a blocking call
;
; Handlers run on several workers at once. The service guards its table with a spin lock (cmpxchg, and
; sched_yield after a miss) that is held for a few loads and stores. Users are counted objects: an answer
; that shows a user's strings holds a reference, which UserDto's drop gives back when the answer is
; encoded; so a DELETE meanwhile frees nothing that is being read.

source_filename = "users.tml"

; refs, id, age, name, email; the strings lie behind, in the same block
%class.User = type { i64, i64, i32, ptr, ptr }
; vtable, table of User* sorted by id, len, cap, next id, lock
%class.UserService = type { ptr, ptr, i64, i64, i64, i32 }
; vtable, service (injected)
%class.UserController = type { ptr, ptr }

%struct.CreateUserDto = type { ptr, ptr, i32 }
; id, name, email, age, and the User that the strings belong to (no JSON field)
%struct.UserDto = type { i64, ptr, ptr, i32, ptr }
%struct.ReportDto = type { i64, i64, i64 }
%struct.Maybe__I64 = type { i32, i64 }
%struct.Maybe__UserDto = type { i32, [5 x i64] }
%struct.Maybe__ReportDto = type { i32, [3 x i64] }
%struct.List__UserDto = type { ptr }
; data, len, cap, stride
%list.header = type { ptr, i64, i64, i64 }
; id in, checksum out
%struct.Checksum = type { i64, i64 }

; tables of virtual methods; an async function has no address, so it is in none
@vtable.UserService = constant { ptr } { ptr @tml_UserService_find }
@vtable.UserController = constant { ptr, ptr } { ptr @tml_UserController_list, ptr @tml_UserController_name }
@.str.ada = private unnamed_addr constant [4 x i8] c"Ada\00"
@.str.ada.email = private unnamed_addr constant [16 x i8] c"ada@example.com\00"
@.str.grace = private unnamed_addr constant [6 x i8] c"Grace\00"
@.str.grace.email = private unnamed_addr constant [18 x i8] c"grace@example.com\00"
@.str.oom = private unnamed_addr constant [14 x i8] c"out of memory\00"
@.str.join = private unnamed_addr constant [26 x i8] c"report: a part of it died\00"

declare ptr @malloc(i64)
declare ptr @realloc(ptr, i64)
declare void @free(ptr)
declare i64 @strlen(ptr)
declare ptr @strdup(ptr)
declare i32 @usleep(i32)
declare i32 @sched_yield()
declare void @panic(ptr) noreturn
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

declare i1 @tmlrt.dropped()
declare ptr @tmlrt.context()
declare ptr @tmlrt.spawn(ptr, ...)
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare void @tmlrt_sleep_init(ptr, i64)
declare void @tmlrt_join_init(ptr, ptr, ptr)
declare ptr @tmlrt_spawn_blocking(ptr, ptr, i64)
declare void @tmlrt_task_detach(ptr)
declare ptr @tmlrt_response_new(ptr, i32)
declare ptr @tmlrt_server_new()
declare void @tmlrt_server_port(ptr, i32)
declare i32 @tmlrt_server_run(ptr, i32, ptr)
@tmlrt_sleep_desc = external constant i8
@tmlrt_join_desc = external constant i8

; ---- users ---------------------------------------------------------------------------------------

define internal ptr @tml_alloc(i64 %size) {
  %p = call ptr @malloc(i64 %size)
  %missing = icmp eq ptr %p, null
  br i1 %missing, label %oom, label %done
oom:
  call void @panic(ptr @.str.oom)
  unreachable
done:
  ret ptr %p
}

; one block: the object, then both strings; one reference
define internal ptr @tml_User_new(i64 %id, ptr %name, ptr %email, i32 %age) {
  %n0 = call i64 @strlen(ptr %name)
  %n = add i64 %n0, 1
  %e0 = call i64 @strlen(ptr %email)
  %e = add i64 %e0, 1
  %head = ptrtoint ptr getelementptr (%class.User, ptr null, i32 1) to i64
  %both = add i64 %n, %e
  %size = add i64 %head, %both
  %user = call ptr @tml_alloc(i64 %size)
  %name.copy = getelementptr i8, ptr %user, i64 %head
  %email.copy = getelementptr i8, ptr %name.copy, i64 %n
  call void @llvm.memcpy.p0.p0.i64(ptr %name.copy, ptr %name, i64 %n, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %email.copy, ptr %email, i64 %e, i1 false)
  %refs.p = getelementptr %class.User, ptr %user, i32 0, i32 0
  store i64 1, ptr %refs.p
  %id.p = getelementptr %class.User, ptr %user, i32 0, i32 1
  store i64 %id, ptr %id.p
  %age.p = getelementptr %class.User, ptr %user, i32 0, i32 2
  store i32 %age, ptr %age.p
  %name.p = getelementptr %class.User, ptr %user, i32 0, i32 3
  store ptr %name.copy, ptr %name.p
  %email.p = getelementptr %class.User, ptr %user, i32 0, i32 4
  store ptr %email.copy, ptr %email.p
  ret ptr %user
}

define internal void @tml_User_retain(ptr %user) {
  %refs.p = getelementptr %class.User, ptr %user, i32 0, i32 0
  %old = atomicrmw add ptr %refs.p, i64 1 monotonic
  ret void
}

define internal void @tml_User_release(ptr %user) {
  %none = icmp eq ptr %user, null
  br i1 %none, label %done, label %count
count:
  %refs.p = getelementptr %class.User, ptr %user, i32 0, i32 0
  %old = atomicrmw sub ptr %refs.p, i64 1 acq_rel
  %last = icmp eq i64 %old, 1
  br i1 %last, label %free, label %done
free:
  call void @free(ptr %user)
  br label %done
done:
  ret void
}

; takes the caller's reference
define internal %struct.UserDto @tml_User_to_dto(ptr %user) {
  %id.p = getelementptr %class.User, ptr %user, i32 0, i32 1
  %id = load i64, ptr %id.p
  %age.p = getelementptr %class.User, ptr %user, i32 0, i32 2
  %age = load i32, ptr %age.p
  %name.p = getelementptr %class.User, ptr %user, i32 0, i32 3
  %name = load ptr, ptr %name.p
  %email.p = getelementptr %class.User, ptr %user, i32 0, i32 4
  %email = load ptr, ptr %email.p
  %d0 = insertvalue %struct.UserDto undef, i64 %id, 0
  %d1 = insertvalue %struct.UserDto %d0, ptr %name, 1
  %d2 = insertvalue %struct.UserDto %d1, ptr %email, 2
  %d3 = insertvalue %struct.UserDto %d2, i32 %age, 3
  %d4 = insertvalue %struct.UserDto %d3, ptr %user, 4
  ret %struct.UserDto %d4
}

define void @tml_UserDto_drop(ptr %this) {
  %user.p = getelementptr %struct.UserDto, ptr %this, i32 0, i32 4
  %user = load ptr, ptr %user.p
  call void @tml_User_release(ptr %user)
  ret void
}

; ---- the service ---------------------------------------------------------------------------------

define internal void @tml_UserService_lock(ptr %this) {
entry:
  %lock.p = getelementptr %class.UserService, ptr %this, i32 0, i32 5
  br label %try
try:
  %pair = cmpxchg ptr %lock.p, i32 0, i32 1 acquire monotonic
  %taken = extractvalue { i32, i1 } %pair, 1
  br i1 %taken, label %done, label %miss
miss:
  %ignored = call i32 @sched_yield()
  br label %try
done:
  ret void
}

define internal void @tml_UserService_unlock(ptr %this) {
  %lock.p = getelementptr %class.UserService, ptr %this, i32 0, i32 5
  store atomic i32 0, ptr %lock.p release, align 4
  ret void
}

; the first place whose id is not below %id; the caller holds the lock
define internal i64 @tml_UserService_lower_bound(ptr %this, i64 %id) {
entry:
  %table.p = getelementptr %class.UserService, ptr %this, i32 0, i32 1
  %table = load ptr, ptr %table.p
  %len.p = getelementptr %class.UserService, ptr %this, i32 0, i32 2
  %len = load i64, ptr %len.p
  br label %head
head:
  %low = phi i64 [ 0, %entry ], [ %low.next, %body ]
  %high = phi i64 [ %len, %entry ], [ %high.next, %body ]
  %more = icmp ult i64 %low, %high
  br i1 %more, label %body, label %done
body:
  %sum = add i64 %low, %high
  %mid = lshr i64 %sum, 1
  %slot = getelementptr ptr, ptr %table, i64 %mid
  %user = load ptr, ptr %slot
  %id.p = getelementptr %class.User, ptr %user, i32 0, i32 1
  %mid.id = load i64, ptr %id.p
  %below = icmp ult i64 %mid.id, %id
  %after = add i64 %mid, 1
  %low.next = select i1 %below, i64 %after, i64 %low
  %high.next = select i1 %below, i64 %high, i64 %mid
  br label %head
done:
  ret i64 %low
}

; the place of a user, or of null; the caller holds the lock
define internal ptr @tml_UserService_slot(ptr %this, i64 %id) {
entry:
  %at = call i64 @tml_UserService_lower_bound(ptr %this, i64 %id)
  %len.p = getelementptr %class.UserService, ptr %this, i32 0, i32 2
  %len = load i64, ptr %len.p
  %inside = icmp ult i64 %at, %len
  br i1 %inside, label %look, label %none
look:
  %table.p = getelementptr %class.UserService, ptr %this, i32 0, i32 1
  %table = load ptr, ptr %table.p
  %slot = getelementptr ptr, ptr %table, i64 %at
  %user = load ptr, ptr %slot
  %id.p = getelementptr %class.User, ptr %user, i32 0, i32 1
  %user.id = load i64, ptr %id.p
  %same = icmp eq i64 %user.id, %id
  br i1 %same, label %found, label %none
found:
  ret ptr %slot
none:
  ret ptr null
}

; a user with a reference for the caller, or null
define ptr @tml_UserService_find(ptr %this, i64 %id) {
entry:
  call void @tml_UserService_lock(ptr %this)
  %slot = call ptr @tml_UserService_slot(ptr %this, i64 %id)
  %missing = icmp eq ptr %slot, null
  br i1 %missing, label %done, label %found
found:
  %there = load ptr, ptr %slot
  call void @tml_User_retain(ptr %there)
  br label %done
done:
  %user = phi ptr [ null, %entry ], [ %there, %found ]
  call void @tml_UserService_unlock(ptr %this)
  ret ptr %user
}

; adds a user and returns it with a reference for the caller; the table grows by doubling
define internal ptr @tml_UserService_add(ptr %this, ptr %name, ptr %email, i32 %age) {
entry:
  %user = call ptr @tml_User_new(i64 0, ptr %name, ptr %email, i32 %age)
  call void @tml_User_retain(ptr %user)
  call void @tml_UserService_lock(ptr %this)
  %next.p = getelementptr %class.UserService, ptr %this, i32 0, i32 4
  %id = load i64, ptr %next.p
  %id.next = add i64 %id, 1
  store i64 %id.next, ptr %next.p
  %id.p = getelementptr %class.User, ptr %user, i32 0, i32 1
  store i64 %id, ptr %id.p
  %table.p = getelementptr %class.UserService, ptr %this, i32 0, i32 1
  %len.p = getelementptr %class.UserService, ptr %this, i32 0, i32 2
  %len = load i64, ptr %len.p
  %cap.p = getelementptr %class.UserService, ptr %this, i32 0, i32 3
  %cap = load i64, ptr %cap.p
  %full = icmp eq i64 %len, %cap
  br i1 %full, label %grow, label %put
grow:
  %old = load ptr, ptr %table.p
  %cap.new = shl i64 %cap, 1
  %bytes = shl i64 %cap.new, 3
  %new = call ptr @realloc(ptr %old, i64 %bytes)
  %missing = icmp eq ptr %new, null
  br i1 %missing, label %oom, label %grown
oom:
  call void @tml_UserService_unlock(ptr %this)
  call void @free(ptr %user)
  call void @panic(ptr @.str.oom)
  unreachable
grown:
  store ptr %new, ptr %table.p
  store i64 %cap.new, ptr %cap.p
  br label %put
put:
  %table = load ptr, ptr %table.p
  %slot = getelementptr ptr, ptr %table, i64 %len
  store ptr %user, ptr %slot
  %len.new = add i64 %len, 1
  store i64 %len.new, ptr %len.p
  call void @tml_UserService_unlock(ptr %this)
  ret ptr %user
}

define internal i1 @tml_UserService_remove(ptr %this, i64 %id) {
entry:
  call void @tml_UserService_lock(ptr %this)
  %slot = call ptr @tml_UserService_slot(ptr %this, i64 %id)
  %missing = icmp eq ptr %slot, null
  br i1 %missing, label %none, label %found
none:
  call void @tml_UserService_unlock(ptr %this)
  ret i1 false
found:
  %user = load ptr, ptr %slot
  %table.p = getelementptr %class.UserService, ptr %this, i32 0, i32 1
  %table = load ptr, ptr %table.p
  %len.p = getelementptr %class.UserService, ptr %this, i32 0, i32 2
  %len = load i64, ptr %len.p
  %last = sub i64 %len, 1
  store i64 %last, ptr %len.p
  br label %shift
shift:
  %to = phi ptr [ %slot, %found ], [ %from, %move ]
  %from = getelementptr ptr, ptr %to, i64 1
  %end = getelementptr ptr, ptr %table, i64 %len
  %more = icmp ult ptr %from, %end
  br i1 %more, label %move, label %done
move:
  %next = load ptr, ptr %from
  store ptr %next, ptr %to
  br label %shift
done:
  call void @tml_UserService_unlock(ptr %this)
  call void @tml_User_release(ptr %user)
  ret i1 true
}

; how many users there are, after one millisecond of thought
define i64 @tml_UserService_count(ptr %this) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_sleep_init(ptr %leaf, i64 1000000)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_sleep_desc, ptr null)
  call void @tml_UserService_lock(ptr %this)
  %len.p = getelementptr %class.UserService, ptr %this, i32 0, i32 2
  %len = load i64, ptr %len.p
  call void @tml_UserService_unlock(ptr %this)
  ret i64 %len
}

; make: the service with its first two users
define ptr @tml_UserService_make(ptr %block) {
  %size = ptrtoint ptr getelementptr (%class.UserService, ptr null, i32 1) to i64
  %this = call ptr @tml_alloc(i64 %size)
  call void @llvm.memset.p0.i64(ptr %this, i8 0, i64 %size, i1 false)
  store ptr @vtable.UserService, ptr %this
  %table = call ptr @tml_alloc(i64 128)
  %table.p = getelementptr %class.UserService, ptr %this, i32 0, i32 1
  store ptr %table, ptr %table.p
  %cap.p = getelementptr %class.UserService, ptr %this, i32 0, i32 3
  store i64 16, ptr %cap.p
  %next.p = getelementptr %class.UserService, ptr %this, i32 0, i32 4
  store i64 1, ptr %next.p
  %ada = call ptr @tml_UserService_add(ptr %this, ptr @.str.ada, ptr @.str.ada.email, i32 36)
  call void @tml_User_release(ptr %ada)
  %grace = call ptr @tml_UserService_add(ptr %this, ptr @.str.grace, ptr @.str.grace.email, i32 85)
  call void @tml_User_release(ptr %grace)
  ret ptr %this
}

define void @tml_UserService_drop(ptr %this) {
entry:
  %table.p = getelementptr %class.UserService, ptr %this, i32 0, i32 1
  %table = load ptr, ptr %table.p
  %len.p = getelementptr %class.UserService, ptr %this, i32 0, i32 2
  %len = load i64, ptr %len.p
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %i.next, %body ]
  %more = icmp ult i64 %i, %len
  br i1 %more, label %body, label %done
body:
  %slot = getelementptr ptr, ptr %table, i64 %i
  %user = load ptr, ptr %slot
  call void @tml_User_release(ptr %user)
  %i.next = add i64 %i, 1
  br label %head
done:
  call void @free(ptr %table)
  ret void
}

; ---- the controller ------------------------------------------------------------------------------

define %struct.List__UserDto @tml_UserController_list(ptr %this, %struct.Maybe__I64 %limit) {
entry:
  %service.p = getelementptr %class.UserController, ptr %this, i32 0, i32 1
  %service = load ptr, ptr %service.p
  %len.p = getelementptr %class.UserService, ptr %service, i32 0, i32 2
  call void @tml_UserService_lock(ptr %service)
  %before = load i64, ptr %len.p
  call void @tml_UserService_unlock(ptr %service)
  %limit.tag = extractvalue %struct.Maybe__I64 %limit, 0
  %limit.value = extractvalue %struct.Maybe__I64 %limit, 1
  %limit.none = icmp eq i32 %limit.tag, 1
  %limit.bad = icmp slt i64 %limit.value, 0
  %limit.clamped = select i1 %limit.bad, i64 0, i64 %limit.value
  %limit.all = select i1 %limit.none, i64 %before, i64 %limit.clamped
  %limit.over = icmp ugt i64 %limit.all, %before
  %cap = select i1 %limit.over, i64 %before, i64 %limit.all
  ; room for %cap elements is made outside the lock; a user created meanwhile is not in the answer
  %size = ptrtoint ptr getelementptr (%struct.UserDto, ptr null, i32 1) to i64
  %bytes0 = mul i64 %cap, %size
  %bytes = add i64 %bytes0, 1
  %data = call ptr @tml_alloc(i64 %bytes)
  %header = call ptr @tml_alloc(i64 32)
  call void @tml_UserService_lock(ptr %service)
  %table.p = getelementptr %class.UserService, ptr %service, i32 0, i32 1
  %table = load ptr, ptr %table.p
  %now = load i64, ptr %len.p
  %fewer = icmp ult i64 %now, %cap
  %len = select i1 %fewer, i64 %now, i64 %cap
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %i.next, %body ]
  %more = icmp ult i64 %i, %len
  br i1 %more, label %body, label %done
body:
  %slot = getelementptr ptr, ptr %table, i64 %i
  %user = load ptr, ptr %slot
  call void @tml_User_retain(ptr %user)
  %dto = call %struct.UserDto @tml_User_to_dto(ptr %user)
  %element = getelementptr %struct.UserDto, ptr %data, i64 %i
  store %struct.UserDto %dto, ptr %element
  %i.next = add i64 %i, 1
  br label %head
done:
  call void @tml_UserService_unlock(ptr %service)
  store ptr %data, ptr %header
  %header.len = getelementptr %list.header, ptr %header, i32 0, i32 1
  store i64 %len, ptr %header.len
  %header.cap = getelementptr %list.header, ptr %header, i32 0, i32 2
  store i64 %cap, ptr %header.cap
  %header.stride = getelementptr %list.header, ptr %header, i32 0, i32 3
  store i64 %size, ptr %header.stride
  %list = insertvalue %struct.List__UserDto undef, ptr %header, 0
  ret %struct.List__UserDto %list
}

define %struct.UserDto @tml_UserController_create(ptr %this, %struct.CreateUserDto %dto) "tmlrt.async" {
  %service.p = getelementptr %class.UserController, ptr %this, i32 0, i32 1
  %service = load ptr, ptr %service.p
  %name = extractvalue %struct.CreateUserDto %dto, 0
  %email = extractvalue %struct.CreateUserDto %dto, 1
  %age = extractvalue %struct.CreateUserDto %dto, 2
  %user = call ptr @tml_UserService_add(ptr %service, ptr %name, ptr %email, i32 %age)
  %answer = call %struct.UserDto @tml_User_to_dto(ptr %user)
  ret %struct.UserDto %answer
}

define %struct.Maybe__UserDto @tml_UserController_get(ptr %this, i64 %id) "tmlrt.async" {
entry:
  %answer = alloca %struct.Maybe__UserDto
  %service.p = getelementptr %class.UserController, ptr %this, i32 0, i32 1
  %service = load ptr, ptr %service.p
  %user = call ptr @tml_UserService_find(ptr %service, i64 %id)
  %missing = icmp eq ptr %user, null
  br i1 %missing, label %nothing, label %just
nothing:
  ret %struct.Maybe__UserDto { i32 1, [5 x i64] zeroinitializer }
just:
  %dto = call %struct.UserDto @tml_User_to_dto(ptr %user)
  store i32 0, ptr %answer
  %payload = getelementptr %struct.Maybe__UserDto, ptr %answer, i32 0, i32 1
  store %struct.UserDto %dto, ptr %payload
  %value = load %struct.Maybe__UserDto, ptr %answer
  ret %struct.Maybe__UserDto %value
}

define ptr @tml_UserController_name(ptr %this, i64 %id) {
entry:
  %service.p = getelementptr %class.UserController, ptr %this, i32 0, i32 1
  %service = load ptr, ptr %service.p
  %user = call ptr @tml_UserService_find(ptr %service, i64 %id)
  %missing = icmp eq ptr %user, null
  br i1 %missing, label %nothing, label %just
nothing:
  ret ptr null
just:
  %name.p = getelementptr %class.User, ptr %user, i32 0, i32 3
  %name = load ptr, ptr %name.p
  %copy = call ptr @strdup(ptr %name)
  call void @tml_User_release(ptr %user)
  ret ptr %copy
}

define ptr @tml_UserController_remove(ptr %this, i64 %id) "tmlrt.async" {
  %service.p = getelementptr %class.UserController, ptr %this, i32 0, i32 1
  %service = load ptr, ptr %service.p
  %removed = call i1 @tml_UserService_remove(ptr %service, i64 %id)
  %status = select i1 %removed, i32 204, i32 404
  %cx = call ptr @tmlrt.context()
  %response = call ptr @tmlrt_response_new(ptr %cx, i32 %status)
  ret ptr %response
}

; runs on the blocking pool: a slow library call would be here
define internal void @tml_checksum(ptr %arg) {
entry:
  %ignored = call i32 @usleep(i32 2000)
  %id = load i64, ptr %arg
  br label %head
head:
  %i = phi i32 [ 0, %entry ], [ %i.next, %head ]
  %sum = phi i64 [ %id, %entry ], [ %next, %head ]
  %scaled = mul i64 %sum, 31
  %next = add i64 %scaled, 7
  %i.next = add i32 %i, 1
  %done = icmp eq i32 %i.next, 10
  br i1 %done, label %out, label %head
out:
  %result = getelementptr %struct.Checksum, ptr %arg, i32 0, i32 1
  store i64 %next, ptr %result
  ret void
}

define %struct.Maybe__ReportDto @tml_UserController_report(ptr %this, i64 %id) "tmlrt.async" {
entry:
  %leaf = alloca [192 x i8], align 16
  %status = alloca i32
  %users = alloca i64
  %sum = alloca %struct.Checksum
  %answer = alloca %struct.Maybe__ReportDto
  %service.p = getelementptr %class.UserController, ptr %this, i32 0, i32 1
  %service = load ptr, ptr %service.p
  %user = call ptr @tml_UserService_find(ptr %service, i64 %id)
  %missing = icmp eq ptr %user, null
  br i1 %missing, label %nothing, label %exists
nothing:
  ret %struct.Maybe__ReportDto { i32 1, [3 x i64] zeroinitializer }
exists:
  call void @tml_User_release(ptr %user)
  ; sleep(5.milliseconds()).await
  call void @tmlrt_sleep_init(ptr %leaf, i64 5000000)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_sleep_desc, ptr null)
  ; let count = spawn(this.service.count())
  %count.task = call ptr (ptr, ...) @tmlrt.spawn(ptr @tml_UserService_count, ptr %service)
  ; let sum = spawn_blocking(checksum(id))
  store i64 %id, ptr %sum
  %size = ptrtoint ptr getelementptr (%struct.Checksum, ptr null, i32 1) to i64
  %sum.task = call ptr @tmlrt_spawn_blocking(ptr @tml_checksum, ptr %sum, i64 %size)
  ; count.await!; dropped here, the join of count is dropped first and the other handle is ours
  call void @tmlrt_join_init(ptr %leaf, ptr %count.task, ptr %users)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_join_desc, ptr %status)
  %dropped = call i1 @tmlrt.dropped()
  br i1 %dropped, label %cleanup, label %counted
cleanup:
  call void @tmlrt_task_detach(ptr %sum.task)
  ret %struct.Maybe__ReportDto undef
counted:
  %count.status = load i32, ptr %status
  ; sum.await!
  call void @tmlrt_join_init(ptr %leaf, ptr %sum.task, ptr %sum)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_join_desc, ptr %status)
  %sum.status = load i32, ptr %status
  %either = or i32 %count.status, %sum.status
  %failed = icmp ne i32 %either, 0
  br i1 %failed, label %died, label %both
died:
  call void @panic(ptr @.str.join)
  unreachable
both:
  %users.value = load i64, ptr %users
  %checksum.p = getelementptr %struct.Checksum, ptr %sum, i32 0, i32 1
  %checksum = load i64, ptr %checksum.p
  %d0 = insertvalue %struct.ReportDto undef, i64 %id, 0
  %d1 = insertvalue %struct.ReportDto %d0, i64 %users.value, 1
  %d2 = insertvalue %struct.ReportDto %d1, i64 %checksum, 2
  store i32 0, ptr %answer
  %payload = getelementptr %struct.Maybe__ReportDto, ptr %answer, i32 0, i32 1
  store %struct.ReportDto %d2, ptr %payload
  %value = load %struct.Maybe__ReportDto, ptr %answer
  ret %struct.Maybe__ReportDto %value
}

define i32 @main(i32 %argc, ptr %argv) {
entry:
  %server = call ptr @tmlrt_server_new()
  %missing = icmp eq ptr %server, null
  br i1 %missing, label %oom, label %serve
oom:
  ret i32 1
serve:
  call void @tmlrt_server_port(ptr %server, i32 8080)
  %code = call i32 @tmlrt_server_run(ptr %server, i32 %argc, ptr %argv)
  ret i32 %code
}

; ---- decorators ----------------------------------------------------------------------------------

!tmlrt.unit = !{!0}
!tmlrt.class = !{!10, !11}
!tmlrt.schema = !{!20, !21, !22}
!tmlrt.route = !{!30, !31, !32, !33, !34, !35}
!tmlrt.example = !{!60, !61, !62, !63, !64, !65, !66, !67, !68, !69, !70}

!0 = !{i32 1, !"users"}

!2 = !{!"i32"}
!3 = !{!"i64"}
!4 = !{!"u64"}
!5 = !{!"str"}
!6 = !{!"struct", !"UserDto"}

!10 = !{!"UserService", null, %class.UserService poison, ptr @vtable.UserService, ptr @tml_UserService_make, ptr @tml_UserService_drop, null, !{!{!"Injectable", null, !{!"users.tml", i32 23}}}, !{!"users.tml", i32 24}}
!11 = !{!"UserController", null, %class.UserController poison, ptr @vtable.UserController, null, null, !12, !13, !{!"users.tml", i32 88}}
!12 = !{!{i32 1, !"service", !"UserService", !{!"class", !"UserService"}, null, null, !{!"users.tml", i32 89}}}
!13 = !{!{!"Controller", !{!"/api/users"}, !{!"users.tml", i32 87}}}

!20 = !{!"CreateUserDto", %struct.CreateUserDto poison, null, !23, !{!"users.tml", i32 4}}
!21 = !{!"UserDto", %struct.UserDto poison, ptr @tml_UserDto_drop, !24, !{!"users.tml", i32 10}}
!22 = !{!"ReportDto", %struct.ReportDto poison, null, !25, !{!"users.tml", i32 17}}
!23 = !{!{i32 0, !"name", !"name", !5, null, null, !{!"users.tml", i32 5}}, !{i32 1, !"email", !"email", !5, null, null, !{!"users.tml", i32 6}}, !{i32 2, !"age", !"age", !2, null, null, !{!"users.tml", i32 7}}}
!24 = !{!{i32 0, !"id", !"id", !4, null, null, !{!"users.tml", i32 11}}, !{i32 1, !"name", !"name", !5, null, null, !{!"users.tml", i32 12}}, !{i32 2, !"email", !"email", !5, null, null, !{!"users.tml", i32 13}}, !{i32 3, !"age", !"age", !2, null, null, !{!"users.tml", i32 14}}}
!25 = !{!{i32 0, !"id", !"id", !4, null, null, !{!"users.tml", i32 18}}, !{i32 1, !"users", !"users", !3, null, null, !{!"users.tml", i32 19}}, !{i32 2, !"checksum", !"checksum", !4, null, null, !{!"users.tml", i32 20}}}

!30 = !{!"UserController", !"list", !"GET", !"/", ptr @tml_UserController_list, !{!"list", !6}, !40, !50, !{!"users.tml", i32 94}}
!40 = !{!{!"query", !"limit", !"limit", !{!"maybe", !3, i32 8}, null, !{!{!"Query", !{!"limit"}, !{!"users.tml", i32 94}}}, !{!"users.tml", i32 94}}}
!50 = !{!{!"Get", !{!"/"}, !{!"users.tml", i32 91}}}
!31 = !{!"UserController", !"create", !"POST", !"/", ptr @tml_UserController_create, !6, !41, !51, !{!"users.tml", i32 102}}
!41 = !{!{!"body", !"dto", !"dto", !{!"struct", !"CreateUserDto"}, null, !{!{!"Body", null, !{!"users.tml", i32 102}}}, !{!"users.tml", i32 102}}}
!51 = !{!{!"Post", !{!"/"}, !{!"users.tml", i32 98}}, !{!"Status", !{i32 201}, !{!"users.tml", i32 99}}}
!32 = !{!"UserController", !"get", !"GET", !"/:id", ptr @tml_UserController_get, !{!"maybe", !6, i32 8}, !42, !52, !{!"users.tml", i32 110}}
!42 = !{!{!"path", !"id", !"id", !4, null, !{!{!"Param", !{!"id"}, !{!"users.tml", i32 110}}}, !{!"users.tml", i32 110}}}
!52 = !{!{!"Get", !{!"/:id"}, !{!"users.tml", i32 106}}}
!33 = !{!"UserController", !"name", !"GET", !"/:id/name", ptr @tml_UserController_name, !{!"maybe", !5, i32 255}, !43, !53, !{!"users.tml", i32 116, i32 2}}
!43 = !{!{!"path", !"id", !"id", !4, null, !{!{!"Param", !{!"id"}, !{!"users.tml", i32 116}}}, !{!"users.tml", i32 116}}}
!53 = !{!{!"Get", !{!"/:id/name"}, !{!"users.tml", i32 114}}}
!34 = !{!"UserController", !"remove", !"DELETE", !"/:id", ptr @tml_UserController_remove, !{!"response"}, !44, !54, !{!"users.tml", i32 123}}
!44 = !{!{!"path", !"id", !"id", !4, null, !{!{!"Param", !{!"id"}, !{!"users.tml", i32 123}}}, !{!"users.tml", i32 123}}}
!54 = !{!{!"Delete", !{!"/:id"}, !{!"users.tml", i32 120}}}
!35 = !{!"UserController", !"report", !"GET", !"/:id/report", ptr @tml_UserController_report, !{!"maybe", !{!"struct", !"ReportDto"}, i32 8}, !45, !55, !{!"users.tml", i32 130}}
!45 = !{!{!"path", !"id", !"id", !4, null, !{!{!"Param", !{!"id"}, !{!"users.tml", i32 130}}}, !{!"users.tml", i32 130}}}
!55 = !{!{!"Get", !{!"/:id/report"}, !{!"users.tml", i32 128}}}

!60 = !{!"UserController", !"list", !"all users", !"GET /api/users", !"[{\22id\22:1,\22name\22:\22Ada\22,\22email\22:\22ada@example.com\22,\22age\22:36},{\22id\22:2,\22name\22:\22Grace\22,\22email\22:\22grace@example.com\22,\22age\22:85}]", i32 200, !{!"users.tml", i32 94}}
!61 = !{!"UserController", !"list", !"the first user", !"GET /api/users?limit=1", !"[{\22id\22:1,\22name\22:\22Ada\22,\22email\22:\22ada@example.com\22,\22age\22:36}]", i32 200, !{!"users.tml", i32 94}}
!62 = !{!"UserController", !"create", !"a third user", !"POST /api/users\0AContent-Type: application/json\0A\0A{\22name\22:\22Alan\22,\22email\22:\22alan@example.com\22,\22age\22:41}", !"{\22id\22:3,\22name\22:\22Alan\22,\22email\22:\22alan@example.com\22,\22age\22:41}", i32 201, !{!"users.tml", i32 102}}
!63 = !{!"UserController", !"create", !"age is missing", !"POST /api/users\0AContent-Type: application/json\0A\0A{\22name\22:\22Alan\22,\22email\22:\22alan@example.com\22}", null, i32 400, !{!"users.tml", i32 102}}
!64 = !{!"UserController", !"get", !"by id", !"GET /api/users/3", !"{\22id\22:3,\22name\22:\22Alan\22,\22email\22:\22alan@example.com\22,\22age\22:41}", i32 200, !{!"users.tml", i32 110}}
!65 = !{!"UserController", !"get", !"nobody", !"GET /api/users/99", null, i32 404, !{!"users.tml", i32 110}}
!66 = !{!"UserController", !"get", !"no number", !"GET /api/users/me", null, i32 400, !{!"users.tml", i32 110}}
!67 = !{!"UserController", !"name", !"as text", !"GET /api/users/2/name", !"Grace", i32 200, !{!"users.tml", i32 116}}
!68 = !{!"UserController", !"remove", !"the third user", !"DELETE /api/users/3", !"", i32 204, !{!"users.tml", i32 123}}
!69 = !{!"UserController", !"remove", !"once more", !"DELETE /api/users/3", null, i32 404, !{!"users.tml", i32 123}}
!70 = !{!"UserController", !"report", !"suspends three times", !"GET /api/users/1/report", !"{\22id\22:1,\22users\22:2,\22checksum\22:1010874887276321}", i32 200, !{!"users.tml", i32 130}}
